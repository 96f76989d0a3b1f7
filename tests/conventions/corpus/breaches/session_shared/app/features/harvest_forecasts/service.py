"""Forecasts, made by one object a request."""

import asyncio
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import BackgroundTasks, Depends
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Session
from app.core.services import get
from app.features.harvest_forecasts.concurrency import Workers, both
from app.features.harvest_forecasts.models import CropField, YieldForecast


class Forecasts:
    """Reads and refreshes the forecasts of a cooperative."""

    def __init__(self, session: Session, after: BackgroundTasks) -> None:
        """Take the transaction of the request, and what runs after it."""
        self._session: AsyncSession = session
        self._after = after

    async def _hectares(self) -> Decimal:
        return await self._session.scalar(select(func.sum(CropField.hectares))) or Decimal(0)

    async def _tonnes(self) -> Decimal:
        return await self._session.scalar(select(func.sum(YieldForecast.tonnes))) or Decimal(0)

    async def per_hectare(self) -> Decimal:
        """Return the tonnes that a hectare yields."""
        hectares, tonnes = await both(self._hectares(), self._tonnes())  # breach: session-shared
        return tonnes / hectares if hectares else Decimal(0)

    async def _raise(self, field_id: UUID, tonnes: Decimal) -> None:
        await self._session.execute(
            update(YieldForecast).where(YieldForecast.field_id == field_id).values(tonnes=tonnes)
        )

    def refresh(self, field_id: UUID, tonnes: Decimal) -> None:
        """Store a forecast once the response is sent."""
        self._after.add_task(self._raise, field_id, tonnes)  # breach: session-shared

    def recompute(self, field_id: UUID) -> None:
        """Store a forecast of zero without waiting for it."""
        get(Workers).start(self._raise(field_id, Decimal(0)))  # breach: session-shared

    async def names_by_thread(self) -> list[str]:
        """Return the names of the first hundred fields."""
        names = select(CropField.name).order_by(CropField.id).limit(100)
        # breach: session-shared
        found = asyncio.to_thread(self._session.sync_session.scalars, names)
        return list(await found)


ForecastService = Annotated[Forecasts, Depends()]
