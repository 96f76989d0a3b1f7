"""Naive timestamp."""
