"""Small ads of private sellers."""
