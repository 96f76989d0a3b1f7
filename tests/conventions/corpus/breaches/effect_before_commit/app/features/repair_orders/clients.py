"""The wholesaler's shop, the payment provider, and the board that mechanics look at."""

from decimal import Decimal
from uuid import UUID

from redis.asyncio import Redis

from app.core.email import EmailBackend, EmailMessage
from app.core.http import HttpClient
from app.core.services import get


class PartsShop:
    """The wholesaler that sells spare parts."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the wholesaler."""
        self._client = client

    async def order(self, part_number: str) -> None:
        """Order a part."""
        await self._client.request("POST", "/orders", json={"part": part_number})


class Payments:
    """The provider that charges customers."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client of the provider."""
        self.client = client

    async def charge(self, repair_id: UUID, amount: Decimal) -> None:
        """Charge the customer of a repair."""
        send = self.client.request
        body = {"reference": str(repair_id), "amount": f"{amount:f}"}
        await send("POST", "/charges", json=body, idempotency_key=str(repair_id))


class RepairBoard:
    """The board in the workshop, which follows a channel of Redis."""

    def __init__(self, redis: Redis) -> None:
        """Take the connection."""
        self._redis = redis

    async def show(self, number: str, state: str) -> None:
        """Show the state of a repair."""
        await self._redis.publish("repairs", f"{number}:{state}")


class Notifier:
    """Writes to customers."""

    @property
    def backend(self) -> EmailBackend:
        """The way in which mail is sent."""
        return get(EmailBackend)

    async def tell(self, to: str, subject: str, text: str) -> None:
        """Send a message."""
        await self.backend.send(EmailMessage(to=to, subject=subject, text=text))
