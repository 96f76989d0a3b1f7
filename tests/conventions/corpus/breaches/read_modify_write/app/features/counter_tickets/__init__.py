"""Counter tickets: the numbers that people draw at a public office, and who is next."""
