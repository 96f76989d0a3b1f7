"""Clinic rosters: wards, the shifts in them and the nurses who work there."""
