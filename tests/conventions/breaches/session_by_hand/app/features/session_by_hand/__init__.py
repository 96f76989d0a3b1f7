"""Session by hand."""
