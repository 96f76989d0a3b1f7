"""Price lists: what each market pays for a product, and the currencies of the markets."""
