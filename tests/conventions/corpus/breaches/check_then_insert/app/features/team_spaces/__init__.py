"""Team spaces: their addresses, members and seats."""
