"""A fake of Vercel Blob: a private store in a folder, behind the API of Vercel's own libraries.

It validates tokens, the permissions in client tokens, and lengths as Vercel does, and it reports a
client's upload with a signed webhook. It refuses what it does not do: optimized images, uploads
from a URL and by a signed URL.
(Requests and errors follow packages/blob/src of vercel/storage, read in 2026-11.)
"""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote, unquote, urlsplit

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
from devtools.fakes.blob_files import (
    CACHE_SECONDS,
    Blob,
    BlobFiles,
    Refused,
    Target,
    guess_type,
    receive,
)
from devtools.fakes.blob_parts import PartUploads
from devtools.fakes.blob_tokens import BlobTokens
from devtools.fakes.running import run_fake

TOKEN = "vercel_blob_rw_fake_development"  # noqa: S105 (a token of the fake)
DIRECTORY = Path(__file__).parents[2] / ".data" / "fake-blob"
REPORTS = 5
MAX_LISTED = 1000


class DevSettings(ServiceSettings):
    """The settings that are configured, read as the service reads them."""

    blob_read_write_token: SecretStr | None = None


class FakeBlob:
    """One store."""

    def __init__(self, folder: Path, token: str) -> None:
        """Make a store.

        Args:
            folder: The folder for its files.
            token: The token that gives access to it.
        """
        self.files = BlobFiles(folder.resolve())
        self.tokens = BlobTokens(token)
        self.uploads = PartUploads(self.files)

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
            target, asked = self._target(request), request.query_params["pathname"]
            upload_id = self.uploads.begin(asked, target)
            return JSONResponse({"key": target.pathname, "uploadId": upload_id})
        upload = self.uploads.find(request)
        self.tokens.permissions(request, upload.asked, upload.target.content_type)
        if action == "upload":
            return JSONResponse(await self.uploads.receive(request, upload))
        if action == "complete":
            with self.files.unfinished_file() as file:
                self.uploads.join(upload, orjson.loads(await request.body()), file)
                stored = self._keep(file, upload.target)
            self.uploads.end(upload)
            return stored
        raise Refused(400, "bad_request", "x-mpu-action must be create, upload or complete")

    async def read(self, request: Request) -> Response:
        """Describe a file (`?url=`), or list files."""
        self.tokens.check(request)
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
        self.tokens.check(request)
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
            self.tokens.check_signed_url(request, delegation, pathname)
        else:
            self.tokens.check(request)
        blob = self.files.get(pathname)
        return FileResponse(
            self.files.path(pathname), headers={"etag": blob.etag}, media_type=blob.content_type
        )

    async def sign_token(self, request: Request) -> Response:
        """Return a token for the operations of a file, and the key to sign URLs with."""
        self.tokens.check(request)
        return JSONResponse(self.tokens.delegate(orjson.loads(await request.body())))

    def _target(self, request: Request) -> Target:
        """Return the blob that a request asks to write.

        Raises:
            Refused: It may not: the token does not allow it, or the blob exists.
        """
        asked = request.query_params.get("pathname", "")
        if "vercel-blob-delegation" in request.query_params:
            raise Refused(400, "bad_request", "this fake does not support uploads by signed URLs")
        content_type = request.headers.get("x-content-type") or guess_type(asked)
        allowed = self.tokens.permissions(request, asked, content_type)
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
        self.tokens.check(request)
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

    async def _report(self, blob: dict[str, Any], report: dict[str, Any]) -> None:
        """Report a client's upload to the service; retry until it succeeds."""
        payload = {"blob": blob, "tokenPayload": report.get("tokenPayload")}
        body = orjson.dumps({"type": "blob.upload-completed", "payload": payload})
        headers = {"content-type": "application/json", "x-vercel-signature": self.tokens.sign(body)}
        async with httpx2.AsyncClient(trust_env=False) as client:
            for attempt in range(REPORTS):
                try:
                    url = report["callbackUrl"]
                    (await client.post(url, content=body, headers=headers)).raise_for_status()
                except httpx2.HTTPError:
                    await asyncio.sleep(0.2 * 2**attempt)
                else:
                    return

    @property
    def _host(self) -> str:
        return f"{self.tokens.store.lower()}.private.blob.vercel-storage.com"

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
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
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
        middleware=[cors],
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


def _check_match(request: Request, blob: Blob | None) -> None:
    """Refuse a request whose `ifMatch` is not the ETag of a blob."""
    etag = request.headers.get("x-if-match")
    if etag is not None and (blob is None or blob.etag != etag):
        raise Refused(412, "precondition_failed", "Precondition failed: ETag mismatch.")


def _answer_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (registered for this class only)
    content = {"error": {"code": error.code, "message": error.message}}
    return JSONResponse(content, status_code=error.status)
