"""Rate boards: the exchange rates in the windows of a bank's branches."""
