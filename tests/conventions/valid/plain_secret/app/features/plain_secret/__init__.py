"""Plain secret."""
