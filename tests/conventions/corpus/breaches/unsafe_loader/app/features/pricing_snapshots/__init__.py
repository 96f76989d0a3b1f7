"""Snapshots of price lists."""
