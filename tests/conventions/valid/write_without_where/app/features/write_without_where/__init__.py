"""Write without where."""
