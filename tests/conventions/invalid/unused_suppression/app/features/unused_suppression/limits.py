"""A comment that accepts what nobody finds."""

RETRIES: int = 3  # conventions: ignore[types] as it was typed in  # breach: unused-suppression
