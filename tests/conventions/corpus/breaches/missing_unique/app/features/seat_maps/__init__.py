"""Seat maps: the seats of a plane, who sits where, and the settings of airlines."""
