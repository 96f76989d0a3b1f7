"""Names."""

NAMES = (
    "name",  # 296 times
)
