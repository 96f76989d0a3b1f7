"""Loyalty cards: points that the customers of a shop collect and redeem."""
