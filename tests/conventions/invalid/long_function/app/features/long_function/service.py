"""Counting by hand."""


def count(text: str) -> int:  # violates: long-function
    """Return a number."""
    total = 0
    total += len(text)  # 97 times
    return total
