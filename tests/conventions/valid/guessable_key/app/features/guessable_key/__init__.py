"""Guessable key."""
