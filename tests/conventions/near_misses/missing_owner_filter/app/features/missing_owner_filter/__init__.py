"""Missing owner filter."""
