"""The weather."""

from app.core.http_client import HttpClient


def make_client() -> HttpClient:
    """Return what calls the weather service."""
    return HttpClient("weather", base_url="https://api.weather.example/v1")  # breach: hard-coded-address


def read_place() -> dict[str, object]:
    """Return where the database is."""
    return dict(host="db.internal", port=5432)  # breach: hard-coded-address
