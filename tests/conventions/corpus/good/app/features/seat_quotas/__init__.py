"""Quotas of a plan: seats and monthly exports, counted by one statement each."""
