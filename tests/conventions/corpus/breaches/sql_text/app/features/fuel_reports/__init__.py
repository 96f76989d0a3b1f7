"""Fuel reports: what the vehicles of a haulier use, by depot and driver."""
