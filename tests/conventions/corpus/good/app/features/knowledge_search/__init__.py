"""Search in the knowledge base: full text, similar titles, and the terms that people saved."""
