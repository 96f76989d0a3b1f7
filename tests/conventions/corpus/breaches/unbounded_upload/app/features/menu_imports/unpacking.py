"""The unpacking of files, in threads since it takes a while."""

import asyncio
import io
import lzma
import zlib
from gzip import decompress as unzip
from zipfile import ZipFile

from app.core.http import HttpClient


def read_entries(archive: bytes) -> dict[str, bytes]:
    """Return the files in an archive."""
    with ZipFile(io.BytesIO(archive)) as files:
        return {name: files.read(name) for name in files.namelist()}  # breach: unbounded-upload


class Unpacker:
    """Unpacks the file of a till."""

    def __init__(self, content: bytes) -> None:
        """Take the file as it was sent, of up to a megabyte."""
        self._content = content
        self._inflater = zlib.decompressobj()

    def _inflate(self) -> bytes:
        return self._inflater.decompress(self._content)  # breach: unbounded-upload

    async def menu(self) -> bytes:
        """Return the menu in the file."""
        match self._content[:2]:
            case b"\x1f\x8b":
                return await asyncio.to_thread(unzip, self._content)  # breach: unbounded-upload
            case b"\xfd7":
                unpack = lzma.LZMADecompressor().decompress
                return await asyncio.to_thread(unpack, self._content)  # breach: unbounded-upload
            case b"PK":
                entries = await asyncio.to_thread(read_entries, self._content)
                return next(iter(entries.values()), b"")
            case _:
                return await asyncio.to_thread(self._inflate)


async def fetch_menu(client: HttpClient, restaurant: str) -> str:
    """Return the menu on the page of a restaurant."""
    lines = []
    async with client.stream("GET", f"/restaurants/{restaurant}/menu") as page:
        async for line in page.aiter_lines():
            lines.append(line)  # breach: unbounded-upload
    return "\n".join(lines)
