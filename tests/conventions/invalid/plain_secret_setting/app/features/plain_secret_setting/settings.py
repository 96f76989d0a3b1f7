"""The settings of the weather."""

from pydantic import SecretStr

from app.core.config import ServiceSettings


class WeatherSettings(ServiceSettings):
    """Settings of the weather service."""

    weather_api_key: str | None = None  # violates: plain-secret-setting
    """Who we are to it."""

    weather_secret: SecretStr = SecretStr("changeme")  # violates: plain-secret-setting
    """The key that signs its messages."""
