"""What stops an update."""


class UpdateError(Exception):
    """The update cannot go on; the message says why, and what to do."""
