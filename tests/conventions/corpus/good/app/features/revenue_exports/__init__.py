"""Exports of the revenue as CSV and as JSON lines, streamed while they are read."""
