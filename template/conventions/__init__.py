"""A review of the service against its conventions: `make review`."""
