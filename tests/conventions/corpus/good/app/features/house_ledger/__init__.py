"""A ledger in double entry: accounts, and transactions whose lines add up to zero."""
