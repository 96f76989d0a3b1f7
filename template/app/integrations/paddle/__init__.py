"""Paddle: subscriptions that are paid for, kept as its webhooks and its API tell."""
