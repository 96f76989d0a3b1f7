"""Errors that stop an update."""


class UpdateError(Exception):
    """The update cannot continue; the message has the reason and the next step."""

    status = 2


class UpdateUnfinished(UpdateError):
    """The update is written, and a conflict or a failed check has to be fixed by hand."""

    status = 1


def listed(names: list[str]) -> str:
    """Return names as lines."""
    return "\n".join(f"  {name}" for name in names)
