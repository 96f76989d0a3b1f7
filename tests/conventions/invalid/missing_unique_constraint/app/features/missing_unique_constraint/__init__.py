"""Missing unique constraint."""
