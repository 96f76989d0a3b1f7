"""Services of repair orders."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.cache import Cache
from app.core.email import EmailMessage
from app.core.email import deliver_email as post
from app.core.services import get
from app.features.repair_orders.clients import Notifier, PartsShop, Payments, RepairBoard
from app.features.repair_orders.models import OrderedPart, RepairOrder

QUOTES = Cache("repair_quotes", str, ttl=600)


async def send_quote(session: AsyncSession, repair: RepairOrder, quote: Decimal) -> None:
    """Store the quote of a repair, and send it to the customer."""
    repair.quote = quote
    repair.state = "quoted"
    await session.flush()
    text = f"The repair costs {quote}."
    # breach: effect-before-commit
    await Notifier().tell(repair.customer_email, "Your repair", text)


async def approve(session: AsyncSession, repair_id: UUID, quote: Decimal) -> None:
    """Approve a repair, and charge the customer."""
    await session.execute(
        update(RepairOrder).where(RepairOrder.id == repair_id).values(state="approved")
    )
    await get(Payments).charge(repair_id, quote)  # breach: effect-before-commit


async def order_part(session: AsyncSession, repair_id: UUID, part_number: str) -> OrderedPart:
    """Order a spare part for a repair."""
    part = OrderedPart(repair_id=repair_id, part_number=part_number)
    session.add(part)
    shop = get(PartsShop)
    await shop.order(part.part_number)  # breach: effect-before-commit
    return part


async def finish(session: AsyncSession, repair: RepairOrder) -> None:
    """Mark a repair as done, on the board of the workshop too."""
    repair.state = "done"
    await session.flush()
    board = get(RepairBoard)
    await board.show(repair.number, repair.state)  # breach: effect-before-commit


async def requote(session: AsyncSession, repair_id: UUID, quote: Decimal) -> None:
    """Change the quote of a repair, and drop the one that is cached."""
    changed = update(RepairOrder).where(RepairOrder.id == repair_id).values(quote=quote)
    await session.execute(changed)
    await QUOTES.invalidate(str(repair_id))  # breach: effect-before-commit


async def cancel(session: AsyncSession, repair: RepairOrder) -> None:
    """Delete a repair, and tell the customer."""
    await session.execute(delete(RepairOrder).where(RepairOrder.id == repair.id))
    farewell = EmailMessage(
        to=repair.customer_email,
        subject="Your repair is canceled",
        text="Pick up your device at the counter.",
        key=f"repair-canceled-{repair.id}",
    )
    await post(farewell)  # breach: effect-before-commit


class Intake:
    """Takes devices in at the counter."""

    def __init__(self, session: AsyncSession, board: RepairBoard) -> None:
        """Take the transaction of the request, and the board."""
        self._session = session
        self._board = board

    async def take_in(self, number: str, email: str) -> None:
        """Store a repair, and show it to the mechanics."""
        values = {"number": number, "customer_email": email, "state": "new", "quote": 0}
        await self._session.execute(insert(RepairOrder).values(values))
        await self._announce(number)

    async def _announce(self, number: str) -> None:
        await self._board.show(number, "new")  # breach: effect-before-commit
