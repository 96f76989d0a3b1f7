"""A comment that accepts a finding, and a string that is not a comment."""

RETRIES: int = "3"  # conventions: ignore[types] a number as it was typed in
SYNTAX = "# conventions: ignore[types]"
