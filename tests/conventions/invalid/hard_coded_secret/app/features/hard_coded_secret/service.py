"""Calling another service."""

AWS = "AKIA" "IOSFODNN7EXAMPLE"  # violates: hard-coded-secret
DATABASE = "postgresql://app:hunter2@db/app"  # violates: hard-coded-secret
api_key = "x9Kq72LmPz"  # violates: hard-coded-secret
OPTIONS = dict(password="Tr0ub4dor&3")  # violates: hard-coded-secret
HEADERS = {"X-Place": "zurich-1", "api_key": "x9Kq72LmPz"}  # violates: hard-coded-secret
