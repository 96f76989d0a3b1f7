"""Parcel tracking: the events that carriers report, and the parcels that customers follow."""
