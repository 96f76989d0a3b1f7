"""Profiles that anybody can look at."""
