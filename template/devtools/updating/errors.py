"""What stops an update."""


class UpdateError(Exception):
    """The update cannot go on; the message says why, and what to do."""

    status = 2


class UpdateUnfinished(UpdateError):
    """The update is there, and something about it has to be mended by hand."""

    status = 1


def listed(names: list[str]) -> str:
    """Return names as lines."""
    return "\n".join(f"  {name}" for name in names)
