"""Weak foreign key."""
