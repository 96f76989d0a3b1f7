"""Customs checks: declarations, and what the authority says about them."""
