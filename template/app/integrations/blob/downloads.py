"""Conditional and partial downloads, by the rules of RFC 9110.

The content of a file never changes, so its id is a strong entity tag.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, cast
from unicodedata import combining, normalize
from urllib.parse import quote

from fastapi import Depends, Header
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.integrations.blob.errors import RangeNotSatisfiable
from app.integrations.blob.models import BlobFile

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_TAG = re.compile(r'"[^"]*"')
_NOT_IN_QUOTES = re.compile(r"[^ !#$&-\[\]-~]")


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes of a file to send: some, or all of them."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """The headers that decide which bytes a client needs."""

    range: str | None
    if_range: str | None
    if_none_match: str | None
    if_modified_since: str | None

    def has_current(self, file: BlobFile) -> bool:
        """Return whether the client has the file already."""
        if self.if_none_match is not None:
            tags = self.if_none_match
            return tags.strip() == "*" or _etag(file) in _TAG.findall(tags)
        since = _parse_date(self.if_modified_since)
        return since is not None and since >= file.created_at.replace(microsecond=0)

    def part_of(self, file: BlobFile) -> Part | None:
        """Return the requested part; `None` for all of it, as for an invalid or multiple range.

        Raises:
            RangeNotSatisfiable: The range begins after the end.
        """
        found = _RANGE.fullmatch((self.range or "").replace(" ", ""))
        if found is None or self._is_outdated(file):
            return None
        first, last = (int(digits) if digits else None for digits in found.groups())
        if first is None and last is None:
            return None
        if first is None:  # the last bytes
            length = min(last or 0, file.size)
            first, last = file.size - length, file.size - 1
        elif last is not None and last < first:
            return None
        if first >= file.size:
            raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{file.size}"})
        end = file.size if last is None else min(last + 1, file.size)
        return Part(first, end - first)

    def _is_outdated(self, file: BlobFile) -> bool:
        """Return whether the client has parts of another version, so that it needs all bytes."""
        return self.if_range is not None and self.if_range not in {_etag(file), _last_change(file)}


async def read_conditions(
    range_: Annotated[
        str | None,
        Header(alias="Range", max_length=200, description="One range.", examples=["bytes=0-1023"]),
    ] = None,
    if_range: Annotated[
        str | None,
        Header(max_length=200, description="The `ETag` or `Last-Modified` of the parts you have."),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(max_length=2000, description="The `ETag` of your copy.")
    ] = None,
    if_modified_since: Annotated[
        str | None, Header(max_length=200, description="The `Last-Modified` of your copy.")
    ] = None,
) -> Conditions:
    """Return the conditions of a download."""
    return Conditions(range_, if_range, if_none_match, if_modified_since)


DownloadConditions = Annotated[Conditions, Depends(read_conditions)]


class DownloadResponse(StreamingResponse):
    """A streamed response of a generator, which is closed at the end, also if the client leaves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        async with aclosing(cast("AsyncGenerator[bytes]", self.body_iterator)):
            await super().__call__(scope, receive, send)


def download_headers(file: BlobFile, part: Part | None) -> dict[str, str]:
    """Return the headers of the response with a file, or a part of it."""
    headers = {
        **validators(file),
        "Content-Disposition": content_disposition(file.name),
        "Content-Length": str(file.size if part is None else part.length),
        "X-Content-Type-Options": "nosniff",
    }
    if part is not None:
        last = part.start + part.length - 1
        headers["Content-Range"] = f"bytes {part.start}-{last}/{file.size}"
    return headers


def validators(file: BlobFile) -> dict[str, str]:
    """Return the headers by which a client can repeat or resume a download."""
    return {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",  # the browser asks before it uses its copy
        "ETag": _etag(file),
        "Last-Modified": _last_change(file),
    }


def content_disposition(name: str) -> str:
    """Return the header that names a download, also for clients that know only ASCII."""
    letters = "".join(part for part in normalize("NFKD", name) if not combining(part))
    in_ascii = _NOT_IN_QUOTES.sub("_", letters)
    return f"attachment; filename=\"{in_ascii}\"; filename*=UTF-8''{quote(name, safe='')}"


def _etag(file: BlobFile) -> str:
    return f'"{file.id}"'


def _last_change(file: BlobFile) -> str:
    return format_datetime(file.created_at.astimezone(UTC), usegmt=True)


def _parse_date(text: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return parsed if parsed is None or parsed.tzinfo else parsed.replace(tzinfo=UTC)
