"""Services of renditions."""

import csv
import difflib
import io
import json
import tomllib
from collections.abc import Mapping

from pwdlib.hashers.argon2 import Argon2Hasher

from app.features.media_renditions import packing
from app.features.media_renditions.packing import shrink as compressed

_hasher = Argon2Hasher()
MAX_TRANSCRIPT = 50_000_000


async def pack_album(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of the pictures of an album."""
    return packing.pack(files)  # breach: cpu-on-loop


async def store_small(transcript: bytes) -> bytes:
    """Return a transcript as it is stored."""
    return compressed(transcript[:MAX_TRANSCRIPT])  # breach: cpu-on-loop


async def protect_share(passphrase: str) -> str:
    """Return the hash of a passphrase."""
    return _hasher.hash(passphrase)  # breach: cpu-on-loop


async def compare_cuts(first: list[str], second: list[str]) -> list[str]:
    """Return the differences of two cuts of a film, up to a hundred thousand lines."""
    differ = difflib.Differ()
    differences = differ.compare(first[:100_000], second[:100_000])
    return list(differences)  # breach: cpu-on-loop


async def count_speakers(export: bytes) -> dict[str, int]:
    """Return how often each speaker speaks in an export of up to fifty megabytes."""
    speakers: dict[str, int] = {}
    # breach: cpu-on-loop
    for row in csv.DictReader(io.StringIO(export[:MAX_TRANSCRIPT].decode())):
        speakers[row["speaker"]] = speakers.get(row["speaker"], 0) + 1
    return speakers


async def parse_export(export: bytes) -> list[str]:
    """Return the titles in an export of up to fifty megabytes."""
    match export[:1]:
        case b"{":
            document = json.loads(export[:MAX_TRANSCRIPT])  # breach: cpu-on-loop
            return [str(clip["title"]) for clip in document["clips"]]
        case _:
            # breach: cpu-on-loop
            tables = tomllib.loads(export[:MAX_TRANSCRIPT].decode())
            return sorted(tables)
