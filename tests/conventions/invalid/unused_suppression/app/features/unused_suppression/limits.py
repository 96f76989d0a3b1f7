"""A comment that accepts no finding."""

RETRIES: int = 3  # conventions: ignore[types] as it was typed in  # violates: unused-suppression
