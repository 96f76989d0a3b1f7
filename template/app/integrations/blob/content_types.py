"""The content type of a file, from its first bytes: the type that a client declares is checked."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from app.integrations.blob.errors import ContentTypeNotAllowed

HEAD_BYTES = 512
UNDECLARED = "application/octet-stream"

Signature = Mapping[int, bytes]
_ZIP: Sequence[Signature] = ({0: b"PK\x03\x04"}, {0: b"PK\x05\x06"})
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TEXT: Sequence[Signature] = ()
_TEXT_CONTROLS = frozenset(b"\t\n\x0c\r\x1b")

CONTENT_TYPES: Mapping[str, Sequence[Signature]] = {
    "image/png": ({0: b"\x89PNG\r\n\x1a\n"},),
    "image/jpeg": ({0: b"\xff\xd8\xff"},),
    "image/gif": ({0: b"GIF87a"}, {0: b"GIF89a"}),
    "image/webp": ({0: b"RIFF", 8: b"WEBP"},),
    "image/avif": ({4: b"ftypavif"},),
    "image/heic": ({4: b"ftypheic"},),
    "audio/mpeg": ({0: b"ID3"}, {0: b"\xff\xfb"}),
    "audio/wav": ({0: b"RIFF", 8: b"WAVE"},),
    "video/mp4": ({4: b"ftypisom"}, {4: b"ftypmp4"}, {4: b"ftypavc1"}),
    "video/webm": ({0: b"\x1a\x45\xdf\xa3"},),
    "application/pdf": ({0: b"%PDF-"},),
    "application/zip": _ZIP,
    "application/gzip": ({0: b"\x1f\x8b\x08"},),
    f"{_OFFICE}.wordprocessingml.document": _ZIP,
    f"{_OFFICE}.spreadsheetml.sheet": _ZIP,
    f"{_OFFICE}.presentationml.presentation": _ZIP,
    "text/plain": _TEXT,
    "text/csv": _TEXT,
    "text/markdown": _TEXT,
    "application/json": _TEXT,
}
"""The types that can be detected, each with its signatures: bytes by offset. Text has none."""

_BINARY_TYPES = tuple(name for name, signatures in CONTENT_TYPES.items() if signatures)


async def read_head(content: AsyncIterator[bytes]) -> bytes:
    """Return the first chunks of a stream, `HEAD_BYTES` bytes or more if it has as many."""
    head = b""
    async for chunk in content:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head


def sniff_content_type(head: bytes, declared: str | None, *, allowed: Collection[str]) -> str:
    """Return the content type of a file.

    Args:
        head: At least the first `HEAD_BYTES` bytes, or all of a smaller file.
        declared: The type declared by the client; it decides between types with one signature.
        allowed: The types that are accepted.

    Raises:
        ContentTypeNotAllowed: The type is not allowed, or is not the declared one.
    """
    head = head[:HEAD_BYTES]
    content_type = (declared or "").partition(";")[0].strip().lower() or UNDECLARED
    for name in allowed if content_type == UNDECLARED else {content_type} & set(allowed):
        if _matches(name, head):
            return name
    raise ContentTypeNotAllowed


def _matches(name: str, head: bytes) -> bool:
    if not CONTENT_TYPES[name]:
        return _is_text(head) and not any(_matches(other, head) for other in _BINARY_TYPES)
    return any(
        all(head[offset : offset + len(part)] == part for offset, part in signature.items())
        for signature in CONTENT_TYPES[name]
    )


def _is_text(head: bytes) -> bool:
    """Return whether it is UTF-8 without control characters; the last character may be cut."""
    if any(byte < ord(" ") and byte not in _TEXT_CONTROLS for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and len(head) >= HEAD_BYTES
    return True
