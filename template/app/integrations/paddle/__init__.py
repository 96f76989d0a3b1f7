"""Paddle: paid subscriptions, stored as its webhooks and its API report them."""
