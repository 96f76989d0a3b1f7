"""Log-in through the identity providers of customers."""
