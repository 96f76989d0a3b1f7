"""The weather."""

from app.core.http import HttpClient


PAGE = "https://api.weather.example/pages/1"  # violates: hard-coded-address


def read_pages() -> list[dict[str, str]]:
    """Return an address in documentation that is called too."""
    return [dict(description=PAGE), dict(url=PAGE)]


def make_client() -> HttpClient:
    """Return the client of the weather service."""
    return HttpClient("weather", base_url="https://api.weather.example/v1")  # violates: hard-coded-address


def read_place() -> dict[str, object]:
    """Return where the database is."""
    return dict(host="db.internal", port=5432)  # violates: hard-coded-address
