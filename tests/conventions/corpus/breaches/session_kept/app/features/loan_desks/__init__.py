"""Loan desks: applications for loans, and the officers who decide on them."""
