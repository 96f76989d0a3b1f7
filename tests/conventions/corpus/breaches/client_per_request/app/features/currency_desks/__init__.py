"""Currency desks: the rates of a central bank, and orders of cash."""
