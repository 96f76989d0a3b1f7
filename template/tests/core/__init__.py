"""Tests of the core. None of them depends on a feature."""
