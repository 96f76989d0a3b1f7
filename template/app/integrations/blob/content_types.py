"""The content type of a file, from its first bytes: the type that a client declares is checked."""

from collections.abc import AsyncIterator, Collection, Mapping
from functools import cache

from pure_magic_rs import MagicDb

from app.integrations.blob.errors import ContentTypeNotAllowed

HEAD_BYTES = 8192
UNDECLARED = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OFFICE_TYPES = frozenset(
    f"{_OFFICE}.{name}"
    for name in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_HEIF = frozenset({"image/heif", "image/heif-sequence"})  # the container of HEIC and AVIF
_ZIP = "application/zip"
_NO_OTHER = frozenset[str]()

TEXT_TYPES = frozenset({"text/plain", "text/csv", "text/markdown", "application/json"})
"""The types of which any text is one."""

CONTENT_TYPES: Mapping[str, frozenset[str]] = {
    "image/png": _NO_OTHER,
    "image/jpeg": _NO_OTHER,
    "image/gif": _NO_OTHER,
    "image/webp": _NO_OTHER,
    "image/heic": _HEIF | {"image/heic-sequence"},
    "image/avif": _HEIF,
    "audio/mpeg": _NO_OTHER,
    "audio/mp4": frozenset({"audio/x-m4a", "video/mp4"}),
    "audio/wav": frozenset({"audio/x-wav"}),
    "video/mp4": frozenset({"video/x-m4v", "audio/mp4"}),
    "video/quicktime": _NO_OTHER,
    "video/webm": _NO_OTHER,
    "application/pdf": _NO_OTHER,
    "application/gzip": _NO_OTHER,
    _ZIP: _OFFICE_TYPES,
    **dict.fromkeys(_OFFICE_TYPES, frozenset({_ZIP})),
    **dict.fromkeys(TEXT_TYPES, frozenset({"text/plain"})),
}
"""The types that can be detected, each with other names that the library has for such files."""

_TEXT_CONTROLS = frozenset(b"\t\n\x0c\r\x1b")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


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
        declared: The type declared by the client; it decides between types that look the same.
        allowed: The types that are accepted.

    Raises:
        ContentTypeNotAllowed: The type is not allowed, or is not the declared one.
    """
    head = head[:HEAD_BYTES]
    content_type = (declared or "").partition(";")[0].strip().lower() or UNDECLARED
    candidates = allowed if content_type == UNDECLARED else {content_type} & set(allowed)
    detected = detect_content_type(head)
    exact = [name for name in candidates if name == detected]
    for name in (*exact, *candidates):
        if name == detected or detected in CONTENT_TYPES[name]:
            return name
    raise ContentTypeNotAllowed


def detect_content_type(head: bytes) -> str:
    """Return the type that the first bytes of a file show; `UNDECLARED` if it is unknown."""
    if head.startswith(b"ID3"):  # its tags, such as a cover, may be larger than the head
        return "audio/mpeg"
    detected = str(_database().best_magic_buffer(head).mime_type)
    # Formats that are text, such as source code, are known under many names.
    is_unknown = detected == UNDECLARED or detected.startswith("text/") or detected in TEXT_TYPES
    if not is_unknown:
        return detected
    return "text/plain" if _is_text(head) else UNDECLARED


@cache
def _database() -> MagicDb:
    return MagicDb()  # takes 30 ms


def _is_text(head: bytes) -> bool:
    """Return whether it is UTF-8, UTF-16 with its mark, or Windows-1252, without control bytes."""
    if head.startswith(_UTF_16_MARKS):
        return _decodes(head[: len(head) // 2 * 2], "utf-16")
    if any(byte < ord(" ") and byte not in _TEXT_CONTROLS for byte in head):
        return False
    return any(_decodes(head, encoding) for encoding in ("utf-8", "cp1252"))


def _decodes(head: bytes, encoding: str) -> bool:
    """Return whether bytes are text in an encoding; the last character may be cut."""
    try:
        head.decode(encoding)
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and len(head) >= HEAD_BYTES
    return True
