"""Open positions of a company."""
