"""Measurements that wait."""

import asyncio

LIMIT = 100


class Intake:
    """The measurements that wait to be stored."""

    def __init__(self, size: int) -> None:
        """Begin with none."""
        self.waiting: asyncio.Queue[int] = asyncio.Queue(LIMIT)
        self.urgent: asyncio.Queue[int] = asyncio.Queue(maxsize=size)
