"""Measures the generated service against a bare FastAPI app: `make bench`."""
