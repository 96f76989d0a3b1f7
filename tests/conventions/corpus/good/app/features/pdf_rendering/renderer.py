"""The renderer as a typed client: starts a rendering, polls it until a deadline, and fetches it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from random import uniform

import structlog
from pydantic import BaseModel, ValidationError

from app.core.errors import BadGateway
from app.core.http import HttpClient, UpstreamError

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
START_DELAYS = (0.0, 1.0, 4.0)

log = structlog.get_logger(__name__)


class RenderRejected(BadGateway):
    """The renderer cannot render the document."""

    code = "rendering_rejected"
    message = "The document cannot be rendered. Check its template and its fields."


class RendererJob(BaseModel):
    """A rendering at the renderer."""

    id: str
    status: str
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """A finished PDF."""

    pages: int
    content_hash: str


class Renderer:
    """Renders documents at the other service."""

    def __init__(self, http: HttpClient, *, wait_seconds: float) -> None:
        """Take the connection, and the longest time to wait for a rendering."""
        self._http = http
        self._wait_seconds = wait_seconds

    async def render(self, template: str, *, key: str) -> RenderedPdf:
        """Render a template, and return the PDF.

        Args:
            template: The name of the template.
            key: Identifies the rendering, so that starting it twice renders it once.

        Raises:
            RenderRejected: The renderer refuses the document.
            TimeoutError: The rendering takes too long.
            UpstreamError: The renderer does not respond.
        """
        async with asyncio.timeout(self._wait_seconds):
            started = await self._start(template, key=key)
            finished = await self._poll(started)
        return await self._hash(finished)

    async def _start(self, template: str, *, key: str) -> RendererJob:
        """Start a rendering; the key makes each further attempt harmless."""
        failure: UpstreamError | None = None
        for delay in START_DELAYS:
            await asyncio.sleep(delay)
            try:
                response = await self._http.request(
                    "POST", "/jobs", json={"template": template}, idempotency_key=key
                )
            except UpstreamError as error:
                failure = error
                log.info("rendering_start_retried", key=key, reason=error.reason)
                continue
            if response.is_client_error:
                raise RenderRejected
            return _read_job(response.content)
        raise failure or RenderRejected

    async def _poll(self, job: RendererJob) -> RendererJob:
        """Return the job once it is finished; the caller's timeout ends the loop at the latest."""
        for attempt in count():
            match job.status:
                case "done":
                    return job
                case "failed" | "rejected":
                    raise RenderRejected
            pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
            await asyncio.sleep(pause + uniform(0, pause))  # noqa: S311 - jitter is no secret
            response = await self._http.request("GET", f"/jobs/{job.id}")
            job = _read_job(response.content)
        raise RenderRejected

    async def _hash(self, job: RendererJob) -> RenderedPdf:
        digest = sha256()
        async with self._http.stream("GET", f"/jobs/{job.id}/content") as response:
            async for part in response.aiter_raw():
                digest.update(part)
        return RenderedPdf(pages=job.pages or 0, content_hash=digest.hexdigest())


async def keep_warm(http: HttpClient, *, every: float) -> None:
    """Call the renderer from time to time, so that it stays awake; runs until cancelled."""
    while True:
        with suppress(UpstreamError):
            await http.request("GET", "/health")
        await asyncio.sleep(every)


def _read_job(content: bytes) -> RendererJob:
    try:
        return RendererJob.model_validate_json(content)
    except ValidationError as error:
        fields = [".".join(map(str, problem["loc"])) for problem in error.errors()]
        log.warning("renderer_answer_invalid", fields=fields)
        raise RenderRejected from None
