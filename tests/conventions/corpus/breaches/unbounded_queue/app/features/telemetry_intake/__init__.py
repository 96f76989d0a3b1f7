"""Telemetry: measurements of machines, buffered and stored in batches."""
