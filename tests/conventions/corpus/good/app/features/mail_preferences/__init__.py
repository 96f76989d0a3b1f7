"""Preferences of each user: which mails to get, when, and by which webhook instead."""
