"""Texts of messages that customers write themselves."""
