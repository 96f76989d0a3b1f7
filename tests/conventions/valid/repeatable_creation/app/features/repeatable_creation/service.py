"""The service functions of the routes."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
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
    values = {"condition": AlertCondition.PRICE_ABOVE, "threshold": Decimal(1)}
    new = insert(Alert).values(symbol_id=symbol_id, **values).on_conflict_do_nothing()
    alert: Alert | None = await session.scalar(new.returning(Alert))
    if alert is None:
        raise AlertExists
    return alert
