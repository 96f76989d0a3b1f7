"""The settings of a feature; the example is a field."""

from pydantic import SecretStr

from app.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings."""

    EXAMPLE  # frame
