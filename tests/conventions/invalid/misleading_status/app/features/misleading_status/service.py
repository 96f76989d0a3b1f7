"""The service functions of the routes."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.market_data.models import Alert, AlertCondition


async def create_alert(session: AsyncSession, symbol_id: UUID) -> Alert:
    """Store an alert."""
    alert = Alert(symbol_id=symbol_id, condition=AlertCondition.PRICE_ABOVE, threshold=Decimal(1))
    session.add(alert)
    await session.flush()
    return alert
