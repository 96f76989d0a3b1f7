"""Invitations of guests to a workspace."""
