"""Measurements that wait."""

import asyncio


class Intake:
    """The measurements that wait to be stored."""

    def __init__(self) -> None:
        """Begin with none."""
        self.waiting: asyncio.Queue[int] = asyncio.Queue()  # violates: unbounded-queue
