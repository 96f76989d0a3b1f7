"""SMS campaigns: messages to the customers of a shop, and what became of them."""
