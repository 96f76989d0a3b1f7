"""Legacy archives: files on the servers of acquired companies, fetched in threads."""
