"""The service functions of the routes."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict
from app.features.market_data.models import Alert, AlertCondition


class AlertExists(Conflict):
    """There is such an alert."""

    code = "alert_exists"


async def create_alert(session: AsyncSession, symbol_id: UUID) -> Alert:
    """Store an alert.

    Raises:
        AlertExists: There is one.
    """
    if await session.scalar(select(exists().where(Alert.symbol_id == symbol_id))):
        raise AlertExists
    alert = Alert(symbol_id=symbol_id, condition=AlertCondition.PRICE_ABOVE, threshold=Decimal(1))
    session.add(alert)
    await session.flush()
    return alert
