"""A fake of Vercel Blob: a private store in a folder, behind the API that the service uses.

It validates tokens, the permissions in client tokens, and lengths as Vercel does, and it reports a
client's upload with a signed webhook. Multipart uploads and copies are not implemented.
(Requests and errors follow packages/blob/src of vercel/storage, read in 2026-11.)
"""

import asyncio
import hmac
import mimetypes
import os
import time
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from app.settings import ServiceSettings
from devtools.fakes.running import run_fake

TOKEN = "vercel_blob_rw_fake_development"  # noqa: S105 (a token of the fake)
DIRECTORY = Path(__file__).parents[2] / ".data" / "fake-blob"
REPORTS = 5
MAX_LISTED = 1000


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    blob_read_write_token: SecretStr | None = None


class Refused(Exception):
    """An error response in Vercel's format."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class FakeBlob:
    """One store."""

    def __init__(self, folder: Path, token: str) -> None:
        """Make a store.

        Args:
            folder: The folder for its files.
            token: The token that gives access to it.
        """
        self.folder = folder.resolve()
        self.token = token
        self.store = token.split("_")[3]

    async def put(self, request: Request) -> Response:
        """Store a file, for the store's token or a client token."""
        pathname = request.query_params.get("pathname", "")
        content_type = _content_type(request, pathname)
        allowed = self._allowed(request, pathname, content_type)
        if request.headers.get("x-vercel-blob-access") != "private":
            raise Refused(400, "bad_request", "this store is private")
        path = self._path(pathname)
        overwrite = allowed.get("allowOverwrite", request.headers.get("x-allow-overwrite") == "1")
        if path.exists() and not overwrite:
            raise Refused(400, "bad_request", "this blob exists already")
        await self._receive(request, path, most=allowed.get("maximumSizeInBytes"))
        type_path = self._type_path(pathname)
        type_path.parent.mkdir(parents=True, exist_ok=True)
        type_path.write_text(content_type)
        blob = self._describe(path)
        report = allowed.get("onUploadCompleted")
        task = BackgroundTask(self._report, blob, report) if report else None
        return JSONResponse(blob, background=task)

    async def read(self, request: Request) -> Response:
        """Describe a file (`?url=`), or list files."""
        self._check_token(request)
        url = request.query_params.get("url")
        if url is not None:
            path = self._path(url)
            if not path.is_file():
                raise Refused(404, "not_found", "The requested blob does not exist")
            return JSONResponse(self._describe(path))
        prefix, cursor = (request.query_params.get(key, "") for key in ("prefix", "cursor"))
        limit = min(int(request.query_params.get("limit", MAX_LISTED)), MAX_LISTED)
        root = self.folder / "content"
        names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
        found = [name for name in names if name.startswith(prefix) and name > cursor]
        page = {"blobs": [self._describe(root / name) for name in found[:limit]]}
        more = len(found) > limit
        return JSONResponse(
            page | {"hasMore": more} | ({"cursor": found[limit - 1]} if more else {})
        )

    async def delete(self, request: Request) -> Response:
        """Delete files; missing ones are no error."""
        self._check_token(request)
        urls = orjson.loads(await request.body())["urls"]
        if not 1 <= len(urls) <= MAX_LISTED:
            raise Refused(400, "bad_request", "urls must be 1 to 1000")
        for url in urls:
            self._path(url).unlink(missing_ok=True)
            self._type_path(url).unlink(missing_ok=True)
        return JSONResponse(None)

    async def content(self, request: Request) -> Response:
        """Return a file's content, for the store's token or by a signed URL."""
        pathname = request.path_params["pathname"]
        if delegation := request.query_params.get("vercel-blob-delegation"):
            self._check_signed_url(request, delegation, pathname)
        else:
            self._check_token(request)
        path = self._path(pathname)
        if not path.is_file():
            raise Refused(404, "not_found", "The requested blob does not exist")
        return FileResponse(path, media_type=self._describe(path)["contentType"])

    async def sign_token(self, request: Request) -> Response:
        """Return a token for the operations of a file, and the key to sign URLs with."""
        self._check_token(request)
        asked = orjson.loads(await request.body())
        if asked["validUntil"] <= time.time() * 1000:
            raise Refused(400, "bad_request", "validUntil must be in the future")
        delegation = urlsafe_b64encode(orjson.dumps(asked)).decode().rstrip("=")
        delegation += f".{_digest(self.token, delegation)}"
        key = _digest(self.token, delegation)
        return JSONResponse(
            {
                "delegationToken": delegation,
                "clientSigningToken": key,
                "validUntil": asked["validUntil"],
            }
        )

    def _check_signed_url(self, request: Request, delegation: str, pathname: str) -> None:
        payload, _, signature = delegation.partition(".")
        key = _digest(self.token, delegation)
        signed = _digest(key, f"operation={request.method.lower()}\npathname={pathname}")
        if signature != _digest(self.token, payload) or signed != request.query_params.get(
            "vercel-blob-signature"
        ):
            raise Refused(403, "forbidden", "Invalid signature")
        allowed = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        in_time = allowed["validUntil"] > time.time() * 1000
        if not in_time or request.method.lower() not in allowed["operations"]:
            raise Refused(403, "forbidden", "The signed URL does not allow this")

    def _check_token(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise Refused(403, "forbidden", "Access denied, please provide a valid token")

    def _allowed(self, request: Request, pathname: str, content_type: str) -> dict[str, Any]:
        """Return the permissions of a valid client token; none for the store's own token."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token.startswith(f"vercel_blob_client_{self.store}_"):
            self._check_token(request)
            return {}
        signature, _, payload = b64decode(token.split("_", 4)[4]).partition(b".")
        if not hmac.compare_digest(self._sign(payload), signature.decode()):
            raise Refused(403, "forbidden", "Access denied, please provide a valid token")
        allowed: dict[str, Any] = orjson.loads(b64decode(payload))
        if allowed["validUntil"] < time.time() * 1000:
            raise Refused(403, "client_token_expired", "Token expired")
        if allowed["pathname"] != pathname:
            raise Refused(400, "bad_request", '"pathname" does not match the token payload')
        types = allowed.get("allowedContentTypes")
        if types is not None and not any(fnmatchcase(content_type, kind) for kind in types):
            raise Refused(400, "bad_request", f'contentType "{content_type}" is not allowed')
        return allowed

    async def _receive(self, request: Request, path: Path, *, most: int | None) -> None:
        """Write a request's body to a file, once it is complete."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{uuid4().hex}.part"
        size = 0
        try:
            with unfinished.open("wb") as file:
                async for part in request.stream():
                    size += len(part)
                    if most is not None and size > most:
                        message = f"the file length cannot be greater than {most}"
                        raise Refused(400, "bad_request", message)
                    await asyncio.to_thread(file.write, part)
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)

    async def _report(self, blob: dict[str, Any], report: dict[str, Any]) -> None:
        """Report a client's upload to the service; retry until it succeeds."""
        payload = {"blob": blob, "tokenPayload": report.get("tokenPayload")}
        body = orjson.dumps({"type": "blob.upload-completed", "payload": payload})
        headers = {"content-type": "application/json", "x-vercel-signature": self._sign(body)}
        async with httpx2.AsyncClient(trust_env=False) as client:
            for attempt in range(REPORTS):
                try:
                    url = report["callbackUrl"]
                    (await client.post(url, content=body, headers=headers)).raise_for_status()
                except httpx2.HTTPError:
                    await asyncio.sleep(0.2 * 2**attempt)
                else:
                    return

    def _sign(self, content: bytes) -> str:
        return hmac.digest(self.token.encode(), content, "sha256").hex()

    def _path(self, pathname: str) -> Path:
        return self._within("content", pathname)

    def _type_path(self, pathname: str) -> Path:
        return self._within("types", pathname)

    def _within(self, part: str, pathname: str) -> Path:
        root = self.folder / part
        path = (root / pathname.removeprefix(f"https://{self._host}/")).resolve()
        if root not in path.parents:
            raise Refused(400, "bad_request", "pathname is not valid")
        return path

    @property
    def _host(self) -> str:
        return f"{self.store.lower()}.private.blob.vercel-storage.com"

    def _describe(self, path: Path) -> dict[str, Any]:
        pathname, known = path.relative_to(self.folder / "content").as_posix(), path.stat()
        type_path = self._type_path(pathname)
        content_type = type_path.read_text() if type_path.exists() else "application/octet-stream"
        url = f"https://{self._host}/{pathname}"
        return {
            "url": url,
            "downloadUrl": f"{url}?download=1",
            "pathname": pathname,
            "size": known.st_size,
            "uploadedAt": datetime.fromtimestamp(known.st_mtime, UTC).isoformat(),
            "contentType": content_type,
            "contentDisposition": f'attachment; filename="{path.name}"',
            "cacheControl": "private, max-age=2592000",
            "etag": f'"{sha256(f"{known.st_mtime_ns}{known.st_size}".encode()).hexdigest()[:32]}"',
        }


def create_app(folder: Path = DIRECTORY, token: str = TOKEN) -> Starlette:
    """Return the app of a store: its API at /api/blob, its files at /content."""
    fake = FakeBlob(folder, token)
    fake.folder.mkdir(parents=True, exist_ok=True)
    return Starlette(
        routes=[
            Route("/api/blob/", fake.put, methods=["PUT"]),
            Route("/api/blob/", fake.read, methods=["GET"]),
            Route("/api/blob/signed-token", fake.sign_token, methods=["POST"]),
            Route("/api/blob/delete", fake.delete, methods=["POST"]),
            Route("/content/{pathname:path}", fake.content),
        ],
        middleware=[
            Middleware(
                CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
            )
        ],
        exception_handlers={Refused: _answer_refusal},
    )


def provide_fake_blob(tell: Callable[[str], None]) -> None:
    """Start the fake, unless a token is configured or this is production.

    Args:
        tell: Prints a line for the developer.
    """
    settings = DevSettings()
    if settings.blob_read_write_token or settings.is_production:
        return
    address = run_fake("Vercel Blob", create_app="devtools.fakes.blob:create_app", tell=tell)
    os.environ |= {
        "BLOB_API_URL": f"{address}/api/blob",
        "BLOB_CONTENT_URL": f"{address}/content",
        "BLOB_READ_WRITE_TOKEN": TOKEN,
    }


def _digest(key: str, text: str) -> str:
    digest = hmac.digest(key.encode(), text.encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _content_type(request: Request, pathname: str) -> str:
    guessed = mimetypes.guess_type(pathname)[0]
    return request.headers.get("x-content-type") or guessed or "application/octet-stream"


def _answer_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (registered for this class only)
    content = {"error": {"code": error.code, "message": error.message}}
    return JSONResponse(content, status_code=error.status)
