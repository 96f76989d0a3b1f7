"""Add-ons to a subscription, and the list prices of the catalogue."""
