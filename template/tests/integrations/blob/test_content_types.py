import pytest

from app.integrations.blob.content_types import CONTENT_TYPES, HEAD_BYTES, sniff_content_type
from app.integrations.blob.errors import ContentTypeNotAllowed

ALL = tuple(CONTENT_TYPES)
HEADS = {
    "image/png": b"\x89PNG\r\n\x1a\nrest",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "application/pdf": b"%PDF-1.7",
    "application/zip": b"PK\x03\x04",
    "video/mp4": b"\x00\x00\x00\x20ftypisom",
    "text/plain": "naïve\n".encode(),
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_type_is_detected_from_the_first_bytes(kind: str) -> None:
    assert sniff_content_type(HEADS[kind], None, allowed=ALL) == kind
    assert sniff_content_type(HEADS[kind], "application/octet-stream", allowed=ALL) == kind
    assert sniff_content_type(HEADS[kind], f"{kind.upper()}; charset=utf-8", allowed=ALL) == kind


@pytest.mark.parametrize("kind", HEADS)
def test_a_wrong_declared_type_is_rejected(kind: str) -> None:
    for other in set(HEADS) - {kind}:
        with pytest.raises(ContentTypeNotAllowed):
            sniff_content_type(HEADS[kind], other, allowed=ALL)


def test_the_declared_type_decides_between_types_with_one_signature() -> None:
    assert sniff_content_type(b"a,b\n1,2\n", "text/csv", allowed=ALL) == "text/csv"
    assert sniff_content_type(b"a,b\n1,2\n", None, allowed=ALL) == "text/plain"


def test_a_type_that_is_not_allowed_is_rejected_whatever_is_declared() -> None:
    for declared in (None, "image/png", "text/plain"):
        with pytest.raises(ContentTypeNotAllowed):
            sniff_content_type(HEADS["image/png"], declared, allowed=["text/plain"])


@pytest.mark.parametrize(
    "head", [b"\x00", b"MZ\x90", b"a\x00b", b"\xff\xfe", b"caf\xc3", b"\x7fELF\x02\x01\x01\x00"]
)
def test_binary_content_is_not_text(head: bytes) -> None:
    with pytest.raises(ContentTypeNotAllowed):
        sniff_content_type(head, "text/plain", allowed=["text/plain"])


def test_text_may_be_cut_within_a_character() -> None:
    head = ("é" * HEAD_BYTES).encode()[1 : HEAD_BYTES + 1]
    with pytest.raises(ContentTypeNotAllowed):
        sniff_content_type(head, None, allowed=["text/plain"])
    head = (b"a" + ("é" * HEAD_BYTES).encode())[:HEAD_BYTES]
    assert sniff_content_type(head, None, allowed=["text/plain"]) == "text/plain"
