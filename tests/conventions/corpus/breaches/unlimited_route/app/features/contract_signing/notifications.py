"""Messages to the parties of a contract."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.email.delivery import enqueue_email as enqueue
from app.core.email.message import EmailMessage


class PartyMailer:
    """Sends messages to the parties of a contract."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._enqueue = partial(enqueue, session)

    async def invite(self, address: str) -> None:
        """Ask a party for their signature."""
        await self._enqueue(
            EmailMessage(to=address, subject="A contract for you", text="Please sign it.")
        )
