"""Sessions of visitors of a shop."""
