"""The weather of cities."""

from collections.abc import Sequence

from app.core.http import HttpClient


async def read_all(client: HttpClient, cities: Sequence[str]) -> list[str]:
    """Read page after page, each with as many cities as there are."""
    texts: list[str] = []
    for text in (await client.request("GET", "/all", params={"city": cities})).iter_lines():
        texts.append(text)
    while texts and texts[-1] == "more":
        texts += (await client.request("GET", "/next")).text.splitlines()
    return texts
