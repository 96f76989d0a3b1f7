"""Invitations: a member of a workspace invites people by email or by their account."""
