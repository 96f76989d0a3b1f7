"""Recursion that is as deep as the code under review: a text of 3,000 terms has 3,000 levels."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

ResultT = TypeVar("ResultT")

_FRAMES = 200_000
_STACK = 256 * 1024 * 1024  # of address space; memory is used as needed
_LEVELS_OF_PARSER = 5_000


def run_deep(function: Callable[[], ResultT]) -> ResultT:
    """Run a function in a thread with room for deep recursion, and return its result."""
    size = threading.stack_size(_STACK)
    try:
        with recursion_limit(_FRAMES), ThreadPoolExecutor(1) as pool:
            return pool.submit(function).result()
    finally:
        threading.stack_size(size)


@contextmanager
def parsing() -> Iterator[None]:
    """Refuse code that is nested more deeply than rules can follow.

    Raises:
        ValueError: The code is nested too deeply.
    """
    try:
        with recursion_limit(_LEVELS_OF_PARSER):
            yield
    except (RecursionError, MemoryError) as error:  # the parser has a stack of its own
        message = "it is nested too deeply"
        raise ValueError(message) from error


@contextmanager
def recursion_limit(frames: int) -> Iterator[None]:
    """Change the number of frames that recursion may take."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(frames)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
