"""Inquiries of customers and their history."""
