"""Readings of meters: stored in chunks, summed by the hour, and pruned."""
