"""A ledger in double entry: accounts, and transactions with lines that add up to zero."""
