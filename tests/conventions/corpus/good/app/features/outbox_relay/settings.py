"""The settings of the relay."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class RelaySettings(ServiceSettings):
    """The message bus, and the pace of the relay."""

    bus_url: HttpUrl | None = None
    """The address of the bus; without one, messages wait."""

    bus_token: SecretStr | None = None
    """The token of this service at the bus."""

    bus_poll_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds between two looks at an empty outbox."""

    bus_messages_at_once: Annotated[int, Field(ge=1, le=100)] = 20
    """The most messages of one round."""
