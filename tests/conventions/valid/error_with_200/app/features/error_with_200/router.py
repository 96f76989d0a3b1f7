"""Endpoints."""

from dataclasses import dataclass

from fastapi import Response
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/errors-with-200", tags=["errors-with-200"])


class CheckOut(ResponseModel):
    """The result of a check."""

    ok: bool = Field(examples=[True])
    reason: str | None = Field(examples=[None])


@dataclass(frozen=True)
class Check:
    """The result of a check."""

    ok: bool
    reason: str | None = None


@router.get("/first", response_model=Envelope[CheckOut])
async def read_raised_check(_: CurrentUser) -> DataResponse[Check]:
    """Return the result of a check."""
    return DataResponse(check(""))


@router.get("/second")
async def read_raised_text(_: CurrentUser) -> Response:
    """Return a document."""
    return document()


def check(name: str) -> Check:
    """Return whether a name is known."""
    return Check(ok=bool(name))


def document() -> Response:
    """Return a document with an error, and its status."""
    return Response('{"error": {"code": "unknown"}}', status_code=404)
