"""Members of studios, whom the owner invites."""
