"""Write in read session."""
