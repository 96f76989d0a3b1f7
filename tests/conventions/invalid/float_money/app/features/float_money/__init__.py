"""Float money."""
