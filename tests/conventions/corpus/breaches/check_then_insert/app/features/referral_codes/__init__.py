"""Referral codes: codes that users share, and the friends who use them."""
