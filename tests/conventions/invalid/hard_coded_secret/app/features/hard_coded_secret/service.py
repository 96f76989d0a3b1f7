"""Calling another service."""

AWS = "AKIA" "IOSFODNN7EXAMPLE"  # breach: hard-coded-secret
DATABASE = "postgresql://app:hunter2@db/app"  # breach: hard-coded-secret
api_key = "x9Kq72LmPz"  # breach: hard-coded-secret
OPTIONS = dict(password="Tr0ub4dor&3")  # breach: hard-coded-secret
HEADERS = {"X-Place": "zurich-1", "api_key": "x9Kq72LmPz"}  # breach: hard-coded-secret
