"""Tax lookups: the rates of places, and the validity of tax numbers."""
