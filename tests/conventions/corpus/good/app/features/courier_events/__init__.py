"""Events that couriers sign by several means."""
