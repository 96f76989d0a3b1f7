"""Fetching of pages."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.http import HttpClient
from app.features.link_previews.schemas import PreviewIn

MAX_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """A page to fetch."""

    origin: str
    path: str

    @classmethod
    def of(cls, url: str) -> "Target":
        """Return the page at a URL."""
        parts = urlsplit(url)
        return cls(f"{parts.scheme}://{parts.netloc}", parts.path)


async def fetch_page(url: str) -> bytes:
    """Return the page at a URL."""
    target = Target.of(url)
    # breach: ssrf
    async with HttpClient("pages", base_url=target.origin, max_bytes=MAX_BYTES) as client:
        response = await client.request("GET", target.path)
    return response.content


async def is_reachable(preview: PreviewIn) -> bool:
    """Return whether something listens at a page's host."""
    host = urlsplit(preview.url).hostname or ""
    async with asyncio.timeout(3):
        _, writer = await asyncio.open_connection(host, 443)  # breach: ssrf
    writer.close()
    return True


class AvatarFetcher:
    """Fetches the picture of a page's author from the author's own host."""

    def __init__(self, handle: str) -> None:
        """Take the author's handle, such as `@ada@social.example`."""
        self._host = handle.rpartition("@")[2]

    async def fetch(self) -> bytes:
        """Return the picture."""
        # breach: ssrf
        client = HttpClient("avatars", base_url=f"https://{self._host}", max_bytes=MAX_BYTES)
        async with client:
            response = await client.request("GET", "/avatar.png")
        return response.content
