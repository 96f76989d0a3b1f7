"""The settings of the weather."""

from pydantic import SecretStr

from app.core.config import ServiceSettings


class WeatherSettings(ServiceSettings):
    """How the weather service is called."""

    weather_api_key: SecretStr | None = None
    """Who we are to it."""

    weather_token_seconds: int = 60
    """How long what it gives us is valid."""

    weather_secret_name: str = "weather"
    """What the secret is called there."""
