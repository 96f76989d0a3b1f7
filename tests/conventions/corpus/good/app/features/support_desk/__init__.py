"""A support desk: tickets of users, the labels that agents give them, and replies."""
