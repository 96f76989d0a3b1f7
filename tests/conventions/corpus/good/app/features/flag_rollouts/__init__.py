"""Feature flags: administrators roll a feature out to a growing share of the users."""
