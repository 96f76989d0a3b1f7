"""The rules of market data. Each function takes the session first; none commits."""
