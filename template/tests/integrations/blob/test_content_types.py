import io
import zipfile

import pytest

from app.integrations.blob.content_types import (
    CONTENT_TYPES,
    HEAD_BYTES,
    TEXT_TYPES,
    sniff_content_type,
)
from app.integrations.blob.errors import ContentTypeNotAllowed

OFFICE = "application/vnd.openxmlformats-officedocument"


def iso_media(brand: str, *compatible: str) -> bytes:
    brands = (brand + "\0\0\0\0" + "".join(compatible)).encode()
    length = (8 + len(brands)).to_bytes(4, "big")
    return length + b"ftyp" + brands + b"\0\0\0\x08free" + bytes(400)


def zipped(*names: str) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, "<Types/>" * 20)
        return file.getvalue()


def office(name: str) -> bytes:
    return zipped("[Content_Types].xml", "_rels/.rels", name)


ENGLISH = "naïve; 5\n"
HEADS = [
    ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)),
    ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(100)),
    ("image/jpeg", b"\xff\xd8\xff\xdb\0C\0" + bytes(100)),
    ("image/gif", b"GIF89a\x01\0\x01\0"),
    ("image/webp", b"RIFF\x10\0\0\0WEBPVP8 " + bytes(50)),
    *(("image/heic", iso_media(brand, "mif1", "heic")) for brand in ("heic", "heix", "mif1")),
    ("image/heic", iso_media("msf1", "hevc")),
    *(("image/avif", iso_media(brand, "mif1", "avif")) for brand in ("avif", "avis", "mif1")),
    ("audio/mpeg", b"ID3\x04\0\0\0\x7f\x7f\x7f" + bytes(HEAD_BYTES)),
    *(("audio/mpeg", bytes.fromhex(frame) + bytes(400)) for frame in ("fffb9064", "fff384c4")),
    *(("audio/mpeg", bytes.fromhex(frame) + bytes(400)) for frame in ("fffa9064", "fff240c0")),
    ("audio/wav", b"RIFF\x10\0\0\0WAVEfmt " + bytes(50)),
    ("audio/mp4", iso_media("M4A ", "mp42")),
    *(("video/mp4", iso_media(brand, "isom")) for brand in ("isom", "mp41", "mp42", "iso5")),
    *(("video/mp4", iso_media(brand, "iso6")) for brand in ("iso6", "avc1", "dash", "M4V ")),
    ("video/quicktime", iso_media("qt  ", "qt  ")),
    ("video/webm", bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d")),
    *(("application/pdf", start + b"%PDF-1.7\n") for start in (b"", b"\xef\xbb\xbf", b"\r\n")),
    ("application/zip", zipped("a.txt")),
    ("application/gzip", b"\x1f\x8b\x08\0" + bytes(20)),
    (f"{OFFICE}.wordprocessingml.document", office("word/document.xml")),
    (f"{OFFICE}.spreadsheetml.sheet", office("xl/workbook.xml")),
    (f"{OFFICE}.presentationml.presentation", office("ppt/presentation.xml")),
    *(("text/plain", ENGLISH.encode(name)) for name in ("utf-8", "utf-8-sig", "utf-16", "cp1252")),
    ("text/plain", b"#!/bin/sh\necho 1\n"),
]
ALL = tuple(CONTENT_TYPES)
each_head = pytest.mark.parametrize(("kind", "head"), HEADS)


@each_head
def test_a_declared_type_is_confirmed_by_the_first_bytes(kind: str, head: bytes) -> None:
    assert sniff_content_type(head, kind, allowed=ALL) == kind
    assert sniff_content_type(head, f"{kind.upper()}; charset=utf-8", allowed=[kind]) == kind


@each_head
def test_a_type_is_detected_if_none_is_declared(kind: str, head: bytes) -> None:
    for declared in (None, "application/octet-stream"):
        assert sniff_content_type(head, declared, allowed=[kind]) == kind
    exact = sniff_content_type(head, None, allowed=ALL)
    assert exact == kind or {exact, kind} == {"image/heic", "image/avif"}


@each_head
@pytest.mark.parametrize("declared", ["image/png", "text/plain", "video/webm", "application/pdf"])
def test_a_wrong_declared_type_is_rejected(kind: str, head: bytes, declared: str) -> None:
    if declared != kind:
        with pytest.raises(ContentTypeNotAllowed):
            sniff_content_type(head, declared, allowed=ALL)


@pytest.mark.parametrize("declared", sorted(TEXT_TYPES))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_the_declared_type_decides_between_kinds_of_text(declared: str, encoding: str) -> None:
    head = ENGLISH.encode(encoding)
    assert sniff_content_type(head, declared, allowed=ALL) == declared


def test_a_type_that_is_not_allowed_is_rejected_whatever_is_declared() -> None:
    for declared in (None, "image/png", "text/plain"):
        with pytest.raises(ContentTypeNotAllowed):
            sniff_content_type(HEADS[0][1], declared, allowed=["text/plain"])


@pytest.mark.parametrize(
    "head",
    [b"\x00", b"MZ\x90", b"a\x00b", b"\xff\xfe\x00\xd8", b"a\x81b", b"\x7fELF\x02\x01\x01\x00"],
)
def test_binary_content_is_not_text(head: bytes) -> None:
    with pytest.raises(ContentTypeNotAllowed):
        sniff_content_type(head, "text/plain", allowed=["text/plain"])


def test_text_may_be_cut_within_a_character() -> None:
    head = (b"a" + ("Ё" * HEAD_BYTES).encode())[:HEAD_BYTES]
    assert sniff_content_type(head, None, allowed=["text/plain"]) == "text/plain"


def test_every_type_has_an_example() -> None:
    assert {kind for kind, _ in HEADS} == set(CONTENT_TYPES) - TEXT_TYPES | {"text/plain"}
