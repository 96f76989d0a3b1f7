"""Exports of timesheets, as CSV and as lines of JSON."""
