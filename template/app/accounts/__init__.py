"""Accounts: users, their sessions, their roles, and the rows they own."""
