"""Scores of surveys."""
