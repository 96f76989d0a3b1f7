"""Courier quotes: the prices of all couriers for the shipments of a customer."""
