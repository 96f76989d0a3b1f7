"""Service functions of accounts. Each takes the session first; none commits."""
