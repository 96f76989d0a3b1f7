"""Links at which customers pay: made at the payment service, and charged at most once."""
