"""Clients of other services."""

from typing import Protocol

from app.core.http import HttpClient


class Translator(Protocol):
    """Translates texts."""

    async def translate(self, text: str) -> str:
        """Return a translation."""
        ...


class RemoteTranslator:
    """Translates at another service."""

    def __init__(self, client: HttpClient) -> None:
        """Take the client."""
        self._client = client

    async def translate(self, text: str) -> str:
        """Return a translation."""
        return await self._ask(text)

    async def _ask(self, text: str) -> str:
        response = await self._client.request("GET", "/", params={"text": text})
        return response.text


class TermsClient(HttpClient):
    """Reads terms at another service."""

    async def read_terms(self) -> str:
        """Return the terms."""
        return (await self.request("GET", "/terms")).text
