"""The conventions as a command: `make review` reads the service and says what breaks which."""
