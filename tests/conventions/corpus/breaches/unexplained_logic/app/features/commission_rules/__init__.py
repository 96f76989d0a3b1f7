"""Commissions of agents."""
