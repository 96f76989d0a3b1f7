"""Swaps of shifts between the staff of a hospital."""
