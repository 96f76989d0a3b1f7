"""Services of work orders."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.field_dispatch.errors import WorkOrderEnded, WorkOrderNotFound, WorkOrderTaken
from app.features.field_dispatch.models import OrderState, VisitRefund, WorkOrder

FOLLOWING: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.OPEN: frozenset({OrderState.ACCEPTED, OrderState.CANCELED}),
    OrderState.ACCEPTED: frozenset({OrderState.DONE, OrderState.CANCELED}),
}


async def get_order(session: AsyncSession, order_id: UUID) -> WorkOrder:
    """Return a work order.

    Raises:
        WorkOrderNotFound: No order has this id.
    """
    order = await session.get(WorkOrder, order_id)
    if order is None:
        raise WorkOrderNotFound
    return order


async def accept(session: AsyncSession, order_id: UUID, technician: str) -> WorkOrder:
    """Give an open order to a technician.

    Raises:
        WorkOrderNotFound: No order has this id.
        WorkOrderTaken: Another technician was faster.
    """
    order = await get_order(session, order_id)
    if order.state != OrderState.OPEN:
        raise WorkOrderTaken
    order.state = OrderState.ACCEPTED  # breach: unlocked-state-change
    order.technician = technician
    await session.flush()
    return order


async def move(session: AsyncSession, order_id: UUID, target: OrderState) -> None:
    """Move an order to another state.

    Raises:
        WorkOrderEnded: The order cannot get into this state.
        WorkOrderNotFound: No order has this id.
    """
    order = await get_order(session, order_id)
    if target not in FOLLOWING.get(OrderState(order.state), frozenset()):
        raise WorkOrderEnded
    # breach: unlocked-state-change
    await session.execute(update(WorkOrder).where(WorkOrder.id == order.id).values(state=target))


async def refund_visit(session: AsyncSession, order_id: UUID) -> VisitRefund | None:
    """Pay back the fee of a canceled order, once."""
    state = await session.scalar(select(WorkOrder.state).where(WorkOrder.id == order_id))
    match state:
        case OrderState.CANCELED:
            refund = VisitRefund(order_id=order_id)
            session.add(refund)
            closed = update(WorkOrder).where(WorkOrder.id == order_id)
            await session.execute(closed.values(state="done"))  # breach: unlocked-state-change
            return refund
        case _:
            return None


class Closing:
    """The end of an order, as the technician's app reports it."""

    def __init__(self, order: WorkOrder) -> None:
        """Take the order, which the caller has read."""
        self._order = order

    @property
    def is_possible(self) -> bool:
        """`True` while the order is worked on."""
        return self._order.finished_at is None

    def finish(self) -> None:
        """End the order."""
        self._order.state = OrderState.DONE
        self._order.finished_at = datetime.now(UTC)


async def close(session: AsyncSession, order_id: UUID) -> None:
    """End an order, unless it has ended.

    Raises:
        WorkOrderEnded: It has ended before.
        WorkOrderNotFound: No order has this id.
    """
    closing = Closing(await get_order(session, order_id))
    if not closing.is_possible:
        raise WorkOrderEnded
    closing.finish()  # breach: unlocked-state-change
