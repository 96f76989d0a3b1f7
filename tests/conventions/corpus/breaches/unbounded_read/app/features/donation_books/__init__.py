"""Donation books: the gifts to a charity, and the receipts of donors."""
