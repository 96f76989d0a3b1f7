"""Shipping labels of several couriers."""
