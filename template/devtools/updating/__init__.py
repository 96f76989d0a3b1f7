"""Updates from the template that preserve your changes."""
