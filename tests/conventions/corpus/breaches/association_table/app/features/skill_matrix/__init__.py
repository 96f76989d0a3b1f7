"""The skill matrix: who can do what, and which projects need it."""
