"""Wide read."""
