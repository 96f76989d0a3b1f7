"""Transfers of money."""

from app.core.http import HttpClient


async def pay(client: HttpClient, amount: int, key: str) -> None:
    """Send money."""
    await client.request("POST", "/transfers", json={"n": amount}, idempotency_key=key, retry=True)
    await client.request("GET", "/transfers", retry=True)
    await client.request("POST", "/transfers", json={"n": amount}, retry=False)
