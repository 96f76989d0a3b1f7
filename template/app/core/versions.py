"""The versions of the API, as the prefixes of its paths. A new one lives beside the old."""

API_V1 = "/api/v1"
