"""Imports of customers from a CSV file: a request stores the file, a job inserts its rows."""
