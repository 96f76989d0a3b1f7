"""The proof that a generated service holds: `make chaos` and `make attack`."""
