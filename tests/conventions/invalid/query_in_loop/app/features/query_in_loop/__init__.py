"""Query in loop."""
