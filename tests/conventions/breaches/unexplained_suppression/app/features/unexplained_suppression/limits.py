"""Three comments that accept nothing."""

RETRIES = 3  # conventions: ignore[types]  # breach: unexplained-suppression
SECONDS = 5  # conventions: ignore[no-such-rule] it is late  # breach: unexplained-suppression
ROWS = 7  # conventions: ignore because it is late  # breach: unexplained-suppression
