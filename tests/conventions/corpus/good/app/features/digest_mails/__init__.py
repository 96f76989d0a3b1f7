"""A weekly mail with the articles that match the terms a reader follows."""
