"""Addresses and their places on the map, from the services of a map provider."""
