"""What the service can use of others, each in a folder of its own."""
