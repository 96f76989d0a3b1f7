"""The client of a courier's labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from app.core.errors import BadRequest
from app.core.http import HttpClient


class LabelHostUnknown(BadRequest):
    """The label is at a host that the settings do not name."""

    code = "label_host_unknown"
    message = "Labels are fetched from the courier's own hosts only."


@dataclass(frozen=True, slots=True)
class LabelLinks:
    """The addresses of labels; building one makes no request."""

    base_url: str

    def page(self, parcel: str) -> str:
        """Return the address of a parcel's page."""
        return f"{self.base_url}/parcels/{quote(parcel, safe='')}"


class LabelService:
    """A courier's labels, which are at several hosts."""

    def __init__(self, clients: Mapping[str, HttpClient], *, base_url: str) -> None:
        """Take a client for each host, and the base URL of the pages of parcels."""
        self._clients = clients
        self.links = LabelLinks(base_url)

    async def fetch(self, url: str) -> bytes:
        """Return the label at an address that an event names.

        Raises:
            LabelHostUnknown: The address is not one of the courier's.
            UpstreamError: The courier gave no usable response.
        """
        parts = urlsplit(url)
        client = self._clients.get(parts.hostname or "")
        if parts.scheme != "https" or client is None:
            raise LabelHostUnknown
        response = await client.request("GET", parts.path)
        return response.content
