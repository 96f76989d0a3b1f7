"""Commit in service."""
