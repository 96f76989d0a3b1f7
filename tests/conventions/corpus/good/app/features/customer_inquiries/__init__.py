"""Inquiries of customers, and who worked on them."""
