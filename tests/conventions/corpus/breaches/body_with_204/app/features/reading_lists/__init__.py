"""Articles that users keep for later."""
