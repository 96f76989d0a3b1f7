"""Settings of the map provider."""

from app.settings import ServiceSettings


class MapSettings(ServiceSettings):
    """The addresses of the map provider."""

    maps_url: str = "http://localhost:9300"
    """The URL of the map provider."""

    places_cache_url: str = "redis://localhost:6379/3"
    """The Redis in which all processes keep the places."""
