"""A double-entry journal of a company's accounts."""
