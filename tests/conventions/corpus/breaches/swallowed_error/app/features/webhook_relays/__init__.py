"""Webhook relays: events that are passed on to the addresses of customers."""
