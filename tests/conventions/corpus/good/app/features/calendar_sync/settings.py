"""The settings of calendars."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class CalendarSettings(ServiceSettings):
    """The calendar service."""

    calendar_url: HttpUrl = "https://calendar.example"
    """Its address."""

    calendar_token: SecretStr | None = None
    """The token of this service."""

    calendar_max_pages: Annotated[int, Field(ge=1, le=1000)] = 200
    """The most pages of one round; the next round goes on from there."""
