"""Services: the rules of market data. Each takes the session first, flushes and never commits."""
