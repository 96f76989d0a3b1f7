"""Auctions: lots, bids on them, and the end of a lot."""
