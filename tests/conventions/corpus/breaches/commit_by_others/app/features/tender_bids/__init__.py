"""Tenders: bids of vendors, and the award of a tender to one of them."""
