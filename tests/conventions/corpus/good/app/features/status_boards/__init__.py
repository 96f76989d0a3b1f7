"""A status board: the health of a few dependencies, asked for at the same time."""
