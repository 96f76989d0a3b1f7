"""Intakes of patients in a practice."""
