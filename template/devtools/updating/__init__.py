"""Bringing the template's newer versions into this service, without losing what is yours."""
