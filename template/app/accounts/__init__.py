"""Who uses the service: users, their sessions, their roles, and what belongs to whom."""
