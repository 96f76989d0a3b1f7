"""Comments that are needed: beside the code, and above it."""

RETRIES: int = "3"  # conventions: ignore[types] a number as it was typed in
# conventions: ignore[types] it is one too, though it has a comment
# of two lines above it
SECONDS: int = "5"
