"""Exchange rates of a central bank: read as XML, cached, and used to convert amounts."""
