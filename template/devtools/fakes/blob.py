"""A fake of Vercel Blob: a private store in a folder, behind the API of Vercel's own libraries.

It validates tokens, the permissions in client tokens, and lengths as Vercel does, and it reports a
client's upload with a signed webhook. It refuses what it does not do: optimized images, uploads
from a URL and by a signed URL.
(Requests and errors follow packages/blob/src of vercel/storage, read in 2026-11.)
"""

import asyncio
import hmac
import os
import shutil
import time
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote, unquote, urlsplit
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
from devtools.fakes.blob_files import CACHE_SECONDS, Blob, BlobFiles, Refused, guess_type, receive
from devtools.fakes.running import run_fake

TOKEN = "vercel_blob_rw_fake_development"  # noqa: S105 (a token of the fake)
DIRECTORY = Path(__file__).parents[2] / ".data" / "fake-blob"
REPORTS = 5
MAX_LISTED = 1000
MIN_PART_BYTES = 5 * 1024 * 1024
"""The smallest part of a multipart upload, the last one excepted."""


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    blob_read_write_token: SecretStr | None = None


@dataclass(frozen=True)
class Target:
    """A blob that a request may write.

    Attributes:
        pathname: Its pathname, a random suffix included.
        content_type: Its media type.
        cache_seconds: The seconds for which caches keep it.
        most: Its largest size in bytes.
        report: The webhook for the completed upload of a client.
    """

    pathname: str
    content_type: str
    cache_seconds: int
    most: int | None
    report: dict[str, Any] | None


@dataclass(frozen=True)
class Multipart:
    """An upload in parts.

    Attributes:
        asked: The pathname in its requests.
        target: The blob that it becomes.
        parts: The file and the ETag of each part by its number.
    """

    asked: str
    target: Target
    parts: dict[int, tuple[Path, str]] = field(default_factory=dict)


class FakeBlob:
    """One store."""

    def __init__(self, folder: Path, token: str) -> None:
        """Make a store.

        Args:
            folder: The folder for its files.
            token: The token that gives access to it.
        """
        self.files = BlobFiles(folder.resolve())
        self.token = token
        self.store = token.split("_")[3]
        self.multiparts: dict[str, Multipart] = {}

    async def put(self, request: Request) -> Response:
        """Store a file, for the store's token or a client token; or copy one (`?fromUrl=`)."""
        source = request.query_params.get("fromUrl")
        if source is not None:
            return self._copy(request, source)
        target = self._target(request)
        with self.files.unfinished_file() as file:
            await receive(request.stream(), file, most=target.most)
            return self._keep(file, target)

    async def rename(self, request: Request) -> Response:
        """Move a file to another pathname."""
        source = request.query_params.get("fromUrl", "")
        renamed = self._copy(request, source)
        self.files.remove(self._pathname(source))
        return renamed

    async def multipart(self, request: Request) -> Response:
        """Create an upload in parts, receive a part, or make a file of the parts."""
        action = request.headers.get("x-mpu-action")
        if action == "create":
            target = self._target(request)
            upload_id = uuid4().hex
            asked = request.query_params["pathname"]
            self.multiparts[upload_id] = Multipart(asked, target)
            return JSONResponse({"key": target.pathname, "uploadId": upload_id})
        upload_id = request.headers.get("x-mpu-upload-id", "")
        multipart = self.multiparts.get(upload_id)
        key = unquote(request.headers.get("x-mpu-key", ""))
        if multipart is None or key != multipart.target.pathname:
            raise Refused(404, "not_found", "The multipart upload does not exist")
        self._allowed(request, multipart.asked, multipart.target.content_type)
        if action == "upload":
            return await self._receive_part(request, multipart)
        if action == "complete":
            return await self._complete(request, upload_id, multipart)
        raise Refused(400, "bad_request", "x-mpu-action must be create, upload or complete")

    async def read(self, request: Request) -> Response:
        """Describe a file (`?url=`), or list files."""
        self._check_token(request)
        url = request.query_params.get("url")
        if url is not None:
            return JSONResponse(self._describe(self.files.get(self._pathname(url))))
        asked = request.query_params
        prefix, cursor = asked.get("prefix", ""), asked.get("cursor", "")
        limit = asked.get("limit", str(MAX_LISTED))
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_LISTED:
            raise Refused(400, "bad_request", f"limit must be 1 to {MAX_LISTED}")
        entries: dict[str, Blob | None] = {}
        for blob in self.files.search(prefix):
            folder, slash, _ = blob.pathname.removeprefix(prefix).partition("/")
            if asked.get("mode") == "folded" and slash:
                entries.setdefault(f"{prefix}{folder}/")
            else:
                entries[blob.pathname] = blob
        later = [name for name in entries if name > cursor]
        page, has_more = later[: int(limit)], len(later) > int(limit)
        found = {
            "blobs": [self._describe(blob) for name in page if (blob := entries[name])],
            "folders": [name for name in page if entries[name] is None],
            "hasMore": has_more,
        }
        return JSONResponse(found | ({"cursor": page[-1]} if has_more else {}))

    async def delete(self, request: Request) -> Response:
        """Delete files; missing ones are no error."""
        self._check_token(request)
        pathnames = [self._pathname(url) for url in orjson.loads(await request.body())["urls"]]
        if not 1 <= len(pathnames) <= MAX_LISTED:
            raise Refused(400, "bad_request", f"urls must be 1 to {MAX_LISTED}")
        for pathname in pathnames:
            _check_match(request, self.files.find(pathname))
            self.files.remove(pathname)
        return JSONResponse(None)

    async def refuse(self, request: Request) -> Response:
        """Refuse a call that Vercel knows and this fake does not."""
        message = f"this fake does not support {request.method} {request.url.path}"
        raise Refused(400, "bad_request", message)

    async def content(self, request: Request) -> Response:
        """Return a file's content, for the store's token or by a signed URL."""
        pathname = request.path_params["pathname"]
        if delegation := request.query_params.get("vercel-blob-delegation"):
            self._check_signed_url(request, delegation, pathname)
        else:
            self._check_token(request)
        blob = self.files.get(pathname)
        return FileResponse(
            self.files.path(pathname), headers={"etag": blob.etag}, media_type=blob.content_type
        )

    async def sign_token(self, request: Request) -> Response:
        """Return a token for the operations of a file, and the key to sign URLs with."""
        self._check_token(request)
        asked: dict[str, Any] = {"storeId": self.store, **orjson.loads(await request.body())}
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
        if _bearer(request) != self.token:
            raise Refused(403, "forbidden", "Access denied, please provide a valid token")

    def _allowed(self, request: Request, pathname: str, content_type: str) -> dict[str, Any]:
        """Return the permissions of a valid client token; none for the store's own token."""
        token = _bearer(request)
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

    def _target(self, request: Request) -> Target:
        """Return the blob that a request asks to write.

        Raises:
            Refused: It may not: the token does not allow it, or the blob exists.
        """
        asked = request.query_params.get("pathname", "")
        if "vercel-blob-delegation" in request.query_params:
            raise Refused(400, "bad_request", "this fake does not support uploads by signed URLs")
        content_type = request.headers.get("x-content-type") or guess_type(asked)
        allowed = self._allowed(request, asked, content_type)
        if request.headers.get("x-vercel-blob-access") != "private":
            raise Refused(400, "bad_request", "this store is private")
        pathname = asked
        if allowed.get("addRandomSuffix", request.headers.get("x-add-random-suffix") == "1"):
            path = Path(asked)
            pathname = str(path.with_name(f"{path.stem}-{token_urlsafe(22)}{path.suffix}"))
        known = self.files.find(pathname)
        if "fromUrl" not in request.query_params:
            _check_match(request, known)
        overwrite = allowed.get("allowOverwrite", request.headers.get("x-allow-overwrite") == "1")
        if known and not overwrite:
            message = "This blob already exists, use `allowOverwrite: true` to overwrite it."
            raise Refused(400, "bad_request", message)
        return Target(
            pathname,
            content_type,
            cache_seconds=int(request.headers.get("x-cache-control-max-age", CACHE_SECONDS)),
            most=allowed.get("maximumSizeInBytes"),
            report=allowed.get("onUploadCompleted"),
        )

    def _copy(self, request: Request, source: str) -> Response:
        self._check_token(request)
        copied = self.files.get(self._pathname(source))
        _check_match(request, copied)
        target = self._target(request)
        with self.files.unfinished_file() as file:
            shutil.copyfile(self.files.path(copied.pathname), file)
            return self._keep(file, target)

    def _keep(self, file: Path, target: Target) -> Response:
        details = {"content_type": target.content_type, "cache_seconds": target.cache_seconds}
        described = self._describe(self.files.keep(file, target.pathname, **details))
        report = target.report
        task = BackgroundTask(self._report, described, report) if report else None
        return JSONResponse(described, background=task)

    async def _receive_part(self, request: Request, multipart: Multipart) -> Response:
        number = int(request.headers["x-mpu-part-number"])
        part, etag = self.files.unfinished / uuid4().hex, f'"{uuid4().hex}"'
        await receive(request.stream(), part, most=multipart.target.most)
        multipart.parts[number] = part, etag
        return JSONResponse({"etag": etag, "partNumber": number})

    async def _complete(self, request: Request, upload_id: str, multipart: Multipart) -> Response:
        asked = sorted(orjson.loads(await request.body()), key=lambda part: part["partNumber"])
        parts = [multipart.parts.get(part["partNumber"]) for part in asked]
        if not parts or [part and part[1] for part in parts] != [part["etag"] for part in asked]:
            raise Refused(400, "bad_request", "One or more parts could not be found")
        paths = [part[0] for part in parts if part]
        sizes = [path.stat().st_size for path in paths]
        if any(size < MIN_PART_BYTES for size in sizes[:-1]):
            raise Refused(400, "bad_request", "A part is smaller than the minimum of 5 MB")
        target = multipart.target
        if target.most is not None and sum(sizes) > target.most:
            message = f"the file length cannot be greater than {target.most}"
            raise Refused(400, "bad_request", message)
        with self.files.unfinished_file() as file:
            with file.open("wb") as whole:
                for path in paths:
                    whole.write(path.read_bytes())
            stored = self._keep(file, target)
        for path, _ in self.multiparts.pop(upload_id).parts.values():
            path.unlink()
        return stored

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

    @property
    def _host(self) -> str:
        return f"{self.store.lower()}.private.blob.vercel-storage.com"

    def _pathname(self, url_or_pathname: str) -> str:
        parts = urlsplit(url_or_pathname)
        return unquote(parts.path[1:]) if parts.netloc == self._host else url_or_pathname

    def _describe(self, blob: Blob) -> dict[str, Any]:
        url = f"https://{self._host}/{quote(blob.pathname)}"
        return {
            "url": url,
            "downloadUrl": f"{url}?download=1",
            "pathname": blob.pathname,
            "size": blob.size,
            "uploadedAt": blob.uploaded_at.isoformat(),
            "contentType": blob.content_type,
            "contentDisposition": f'attachment; filename="{Path(blob.pathname).name}"',
            "cacheControl": f"private, max-age={blob.cache_seconds}",
            "etag": blob.etag,
        }


def create_app(folder: Path = DIRECTORY, token: str = TOKEN) -> Starlette:
    """Return the app of a store: its API at /api/blob, its files at /content."""
    fake, api = FakeBlob(folder, token), "/api/blob"
    return Starlette(
        routes=[
            *(Route(path, fake.put, methods=["PUT"]) for path in (api, f"{api}/")),
            *(Route(path, fake.read, methods=["GET"]) for path in (api, f"{api}/")),
            Route(f"{api}/mpu", fake.multipart, methods=["POST"]),
            Route(f"{api}/rename", fake.rename, methods=["POST"]),
            Route(f"{api}/signed-token", fake.sign_token, methods=["POST"]),
            Route(f"{api}/delete", fake.delete, methods=["POST"]),
            Route(f"{api}/{{path:path}}", fake.refuse, methods=["GET", "PUT", "POST", "DELETE"]),
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
    address = run_fake(
        "Vercel Blob", create_app="devtools.fakes.blob:create_app", tell=tell, offset=3
    )
    os.environ |= {
        "BLOB_API_URL": f"{address}/api/blob",
        "BLOB_CONTENT_URL": f"{address}/content",
        "BLOB_READ_WRITE_TOKEN": TOKEN,
    }


def _digest(key: str, text: str) -> str:
    digest = hmac.digest(key.encode(), text.encode(), "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _check_match(request: Request, blob: Blob | None) -> None:
    """Refuse a request whose `ifMatch` is not the ETag of a blob."""
    etag = request.headers.get("x-if-match")
    if etag is not None and (blob is None or blob.etag != etag):
        raise Refused(412, "precondition_failed", "Precondition failed: ETag mismatch.")


def _answer_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (registered for this class only)
    content = {"error": {"code": error.code, "message": error.message}}
    return JSONResponse(content, status_code=error.status)
