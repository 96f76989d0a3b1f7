"""Errors that end a command."""

from collections.abc import Iterable


class PlumblineError(Exception):
    """A command refuses; the message says why, and which command to run instead."""

    status = 2


class Unfinished(PlumblineError):
    """An update is in the service's files, and something in it has to be decided by hand."""

    status = 1


def listed(names: Iterable[str]) -> str:
    """Return names as indented lines."""
    return "\n".join(f"  {name}" for name in names)
