"""Membership renewals: members of a club who are billed each year."""
