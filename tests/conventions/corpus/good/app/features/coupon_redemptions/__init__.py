"""Coupons: each can be redeemed a number of times, and once by a customer."""
