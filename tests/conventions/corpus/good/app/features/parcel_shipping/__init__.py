"""Shipments: labels by the carrier's SDK, which is synchronous, and tracking by its HTTP API."""
