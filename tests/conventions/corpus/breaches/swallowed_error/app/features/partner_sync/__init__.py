"""Partner sync: contacts and deals that are kept equal with the systems of partners."""
