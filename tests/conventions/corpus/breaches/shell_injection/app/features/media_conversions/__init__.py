"""Conversion of videos into other formats."""
