"""Trial periods: when they begin and end, and the codes that extend them."""
