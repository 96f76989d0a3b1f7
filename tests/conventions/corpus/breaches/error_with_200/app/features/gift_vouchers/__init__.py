"""Vouchers that customers give to others."""
