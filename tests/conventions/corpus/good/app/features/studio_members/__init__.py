"""Members of studios, invited by the owner."""
