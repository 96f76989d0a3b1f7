"""What happens in a shop, as a stream of events that a browser keeps open."""
