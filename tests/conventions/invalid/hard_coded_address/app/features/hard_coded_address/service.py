"""The weather."""

from app.core.http import HttpClient


PAGE = "https://api.weather.example/pages/1"  # breach: hard-coded-address


def read_pages() -> list[dict[str, str]]:
    """Return what documentation shows, and what is called as well."""
    return [dict(description=PAGE), dict(url=PAGE)]


def make_client() -> HttpClient:
    """Return what calls the weather service."""
    return HttpClient("weather", base_url="https://api.weather.example/v1")  # breach: hard-coded-address


def read_place() -> dict[str, object]:
    """Return where the database is."""
    return dict(host="db.internal", port=5432)  # breach: hard-coded-address
