"""Log books that pilots can order."""
