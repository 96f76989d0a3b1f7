"""Table name."""
