"""Lists of a company's equipment."""
