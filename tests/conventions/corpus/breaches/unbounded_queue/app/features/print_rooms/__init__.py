"""Print rooms: documents that wait for the printers of an office."""
