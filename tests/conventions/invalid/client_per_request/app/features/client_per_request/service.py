"""Places on a map."""

from app.core.http import HttpClient


async def read_place(name: str, url: str) -> str:
    """Return a place."""
    async with HttpClient("maps", base_url=url) as client:  # violates: client-per-request
        response = await client.request("GET", "/places", params={"q": name})
    return response.text
