"""Tokens by which programs call the API for a user."""
