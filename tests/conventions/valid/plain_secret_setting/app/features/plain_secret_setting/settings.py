"""The settings of the weather."""

from pydantic import SecretStr

from app.core.config import ServiceSettings


class WeatherSettings(ServiceSettings):
    """Settings of the weather service."""

    weather_api_key: SecretStr | None = None
    """Who we are to it."""

    weather_token_seconds: int = 60
    """The lifetime of its tokens."""

    weather_secret_name: str = "weather"
    """The name of the secret there."""
