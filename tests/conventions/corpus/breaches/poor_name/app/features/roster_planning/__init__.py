"""Rosters of the staff of a restaurant."""
