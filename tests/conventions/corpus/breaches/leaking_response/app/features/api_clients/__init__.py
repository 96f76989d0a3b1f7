"""Programs that call the API for a customer."""
