"""Offset pagination."""
