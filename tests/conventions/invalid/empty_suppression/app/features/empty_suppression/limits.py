"""Three comments that accept nothing."""

RETRIES = 3  # conventions: ignore[types]  # violates: empty-suppression
SECONDS = 5  # conventions: ignore[no-such-rule] it is late  # violates: empty-suppression
ROWS = 7  # conventions: ignore because it is late  # violates: empty-suppression
