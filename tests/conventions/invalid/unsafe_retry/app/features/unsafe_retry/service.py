"""Transfers of money."""

from app.core.http import HttpClient


async def pay(client: HttpClient, amount: int) -> None:
    """Send money."""
    await client.request("POST", "/transfers", json={"n": amount}, retry=True)  # violates: unsafe-retry
