"""Counting by hand."""


def count(text: str) -> int:
    """Return a number."""
    total = 0
    total += len(text)  # 96 times
    return total
