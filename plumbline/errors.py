"""Errors that end a command."""


class PlumblineError(Exception):
    """A command refuses; the message says why, and which command to run instead."""
