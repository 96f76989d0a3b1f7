"""Events of couriers about deliveries."""
