"""Endpoints of exports; a body is streamed after the request has closed its session."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
)
from app.core.guards import RateLimit
from app.features.revenue_exports.links import ExportLinkExpired, check_link, sign_link
from app.features.revenue_exports.rows import stream_csv, stream_json_lines

EXPORTS = Depends(RateLimit("10/hour", name="revenue_exports"))
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}
}

router = Router(prefix=API_V1, tags=["revenue"])


class ExportLinkQuery(RequestModel):
    """The parts of a signed link."""

    owner: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    end: int = Field(ge=0, le=10**11, examples=[1790000000])
    mac: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["9f" * 32])


class ExportLinkOut(ResponseModel):
    """A link that opens without a session until it expires."""

    path: str = Field(examples=["/api/v1/revenue-export.csv?owner=…&end=…&mac=…"])


@router.get("/revenue-export", dependencies=[EXPORTS], responses=_LINES)
async def stream_revenue(user: CurrentUser) -> StreamingResponse:
    """Stream your sales as JSON lines."""
    return StreamingResponse(stream_json_lines(user.id), media_type="application/jsonl")


@router.post("/revenue-export-links", response_model=Envelope[ExportLinkOut])
async def sign_revenue_link(user: CurrentUser) -> DataResponse[ExportLinkOut]:
    """Return a link to your sales as CSV that a spreadsheet can open for fifteen minutes."""
    path = sign_link(f"{API_V1}/shared-revenue", user.id)
    return DataResponse(ExportLinkOut(path=path))


@router.get("/shared-revenue", dependencies=[EXPORTS], responses=_CSV | errors(ExportLinkExpired))
async def stream_shared_revenue(link: Annotated[ExportLinkQuery, Query()]) -> StreamingResponse:
    """Stream sales as CSV to the holder of a link that was signed for their owner."""
    check_link(link.owner, link.end, link.mac)
    name = 'attachment; filename="revenue.csv"'
    return StreamingResponse(
        stream_csv(link.owner), media_type="text/csv", headers={"Content-Disposition": name}
    )
