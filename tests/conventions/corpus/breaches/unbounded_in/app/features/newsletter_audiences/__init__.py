"""Newsletter audiences: who gets an issue, and who has opened it."""
