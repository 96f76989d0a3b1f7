"""Uploads in parts, to the fake of Vercel Blob."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from starlette.requests import Request

from devtools.fakes.blob_files import BlobFiles, Refused, Target, receive

MIN_PART_BYTES = 5 * 1024 * 1024
"""The smallest part of a multipart upload, the last one excepted."""


@dataclass(frozen=True)
class PartUpload:
    """An upload in parts.

    Attributes:
        id: Its id in its requests.
        asked: The pathname in its requests.
        target: The blob that it becomes.
        parts: The file and the ETag of each part by its number.
    """

    id: str
    asked: str
    target: Target
    parts: dict[int, tuple[Path, str]] = field(default_factory=dict)


class PartUploads:
    """The uploads that have begun and are not complete."""

    def __init__(self, files: BlobFiles) -> None:
        """Take the files of the store."""
        self._files = files
        self._uploads: dict[str, PartUpload] = {}

    def begin(self, asked: str, target: Target) -> str:
        """Begin an upload and return its id."""
        upload = PartUpload(uuid4().hex, asked, target)
        self._uploads[upload.id] = upload
        return upload.id

    def find(self, request: Request) -> PartUpload:
        """Return the upload that a request names.

        Raises:
            Refused: There is none, or it is for another pathname.
        """
        upload = self._uploads.get(request.headers.get("x-mpu-upload-id", ""))
        key = unquote(request.headers.get("x-mpu-key", ""))
        if upload is None or key != upload.target.pathname:
            raise Refused(404, "not_found", "The multipart upload does not exist")
        return upload

    async def receive(self, request: Request, upload: PartUpload) -> dict[str, Any]:
        """Store a part, and return its number and ETag."""
        number = int(request.headers["x-mpu-part-number"])
        part, etag = self._files.unfinished / uuid4().hex, f'"{uuid4().hex}"'
        await receive(request.stream(), part, most=upload.target.most)
        upload.parts[number] = part, etag
        return {"etag": etag, "partNumber": number}

    def join(self, upload: PartUpload, asked: list[dict[str, Any]], file: Path) -> None:
        """Write the parts that a client asks for into one file.

        Raises:
            Refused: A part is missing or too small, or the file is too large.
        """
        asked = sorted(asked, key=lambda part: part["partNumber"])
        parts = [upload.parts.get(part["partNumber"]) for part in asked]
        if not parts or [part and part[1] for part in parts] != [part["etag"] for part in asked]:
            raise Refused(400, "bad_request", "One or more parts could not be found")
        paths = [part[0] for part in parts if part]
        sizes = [path.stat().st_size for path in paths]
        if any(size < MIN_PART_BYTES for size in sizes[:-1]):
            raise Refused(400, "bad_request", "A part is smaller than the minimum of 5 MB")
        most = upload.target.most
        if most is not None and sum(sizes) > most:
            message = f"the file length cannot be greater than {most}"
            raise Refused(400, "bad_request", message)
        with file.open("wb") as whole:
            for path in paths:
                whole.write(path.read_bytes())

    def end(self, upload: PartUpload) -> None:
        """Forget an upload and delete its parts."""
        for path, _ in self._uploads.pop(upload.id).parts.values():
            path.unlink()
