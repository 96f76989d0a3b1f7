"""Maintenance of a fleet of vans."""
