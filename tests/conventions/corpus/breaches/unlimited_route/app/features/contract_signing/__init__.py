"""Contracts that customers sign online."""
