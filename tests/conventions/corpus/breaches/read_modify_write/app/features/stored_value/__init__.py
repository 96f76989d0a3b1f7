"""Stored value: gift cards that are topped up and redeemed, and the credits of workspaces."""
