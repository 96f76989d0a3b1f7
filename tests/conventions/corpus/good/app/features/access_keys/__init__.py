"""Keys of machines: shown once when they are made, kept as a hash, and bound to scopes."""
