"""The module of calendars."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.calendar_sync.client import CalendarClient
from app.features.calendar_sync.service import sync_calendar
from app.features.calendar_sync.settings import CalendarSettings


@asynccontextmanager
async def open_calendars(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the client while the service runs."""
    settings = get(CalendarSettings)
    token = settings.calendar_token.get_secret_value() if settings.calendar_token else ""
    headers = {"Authorization": f"Bearer {token}"}
    async with HttpClient("calendar", base_url=settings.calendar_url, headers=headers) as http:
        client = CalendarClient(http, max_pages=settings.calendar_max_pages)
        with provide(CalendarClient, client):
            yield


module = Module(
    name="calendar_sync", open=open_calendars, settings=CalendarSettings, jobs=(sync_calendar,)
)
