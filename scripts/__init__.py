"""Programs of the template's own repository."""
