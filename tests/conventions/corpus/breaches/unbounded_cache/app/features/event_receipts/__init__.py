"""Event receipts: which events of a partner were seen, and who handles one now."""
