"""A comment that accepts what is there, and a text that is no comment."""

RETRIES: int = "3"  # conventions: ignore[types] a number as it was typed in
SYNTAX = "# conventions: ignore[types]"
