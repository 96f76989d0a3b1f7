"""What a file is, by its first bytes: what a client says of it is not believed."""

from collections.abc import Collection, Mapping, Sequence

from app.integrations.blob.errors import ContentTypeNotAllowed

HEAD_BYTES = 512
UNDECLARED = "application/octet-stream"

Signature = Mapping[int, bytes]
_ZIP: Sequence[Signature] = ({0: b"PK\x03\x04"}, {0: b"PK\x05\x06"})
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TEXT: Sequence[Signature] = ()
_TEXT_CONTROLS = frozenset(b"\t\n\x0c\r\x1b")

KINDS: Mapping[str, Sequence[Signature]] = {
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
"""The types that can be recognised, each with what its files begin with; text has no sign."""

_WITH_SIGN = tuple(kind for kind, signatures in KINDS.items() if signatures)


def sniff_content_type(head: bytes, declared: str | None, *, allowed: Collection[str]) -> str:
    """Return the type of a file.

    Args:
        head: Its first bytes, `HEAD_BYTES` of them if it has so many.
        declared: What the client says it is; several types may begin with the same bytes.
        allowed: The types that are taken.

    Raises:
        ContentTypeNotAllowed: It is none of these, or not what the client says.
    """
    said = (declared or "").partition(";")[0].strip().lower() or UNDECLARED
    for kind in allowed if said == UNDECLARED else {said} & set(allowed):
        if _begins_like(kind, head):
            return kind
    raise ContentTypeNotAllowed


def _begins_like(kind: str, head: bytes) -> bool:
    if not KINDS[kind]:
        return _is_text(head) and not any(_begins_like(other, head) for other in _WITH_SIGN)
    return any(
        all(head[at : at + len(sign)] == sign for at, sign in signature.items())
        for signature in KINDS[kind]
    )


def _is_text(head: bytes) -> bool:
    """Return whether it is UTF-8 without control characters; it may end within a character."""
    if any(byte < ord(" ") and byte not in _TEXT_CONTROLS for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and len(head) >= HEAD_BYTES
    return True
