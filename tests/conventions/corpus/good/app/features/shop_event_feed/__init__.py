"""The events of a shop, as a stream that a browser keeps open."""
