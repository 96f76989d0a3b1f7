"""The weather: https://api.weather.example/docs."""

from pydantic import Field

from app.core.api import ResponseModel
from app.core.config import ServiceSettings
from app.core.http import HttpClient

PAGE = "https://api.weather.example/pages/1"  # only documentation uses it
SCHEMES = ("https://", "http://")


class ForecastSettings(ServiceSettings):
    """The address of the weather service."""

    forecast_url: str = "https://api.weather.example/v1"
    """Its address."""


class Forecast(ResponseModel):
    """A forecast."""

    url: str = Field(description="Its page.", examples=[PAGE])


def make_client(settings: ForecastSettings) -> HttpClient:
    """Return the client of the weather service: https://api.weather.example/docs."""
    return HttpClient("weather", base_url=settings.forecast_url)
