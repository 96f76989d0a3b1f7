"""The rules of accounts. Each function takes the session first; none commits."""
