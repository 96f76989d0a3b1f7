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
async def read_failed_check(_: CurrentUser) -> DataResponse[Check]:
    """Return the result of a check."""
    return DataResponse(check(""))


@router.get("/second")
async def read_failed_text(_: CurrentUser) -> Response:
    """Return a document."""
    return document()


def check(name: str) -> Check:
    """Return whether a name is known."""
    return Check(ok=False, reason="unknown") if name else Check(ok=True)  # violates: error-with-200


def document() -> Response:
    """Return a document with an error."""
    return Response('{"error": {"code": "unknown"}}')  # violates: error-with-200


@router.get("/third", response_model=Envelope[CheckOut])
async def read_failed_dict(_: CurrentUser) -> dict[str, dict[str, object]]:
    """Return a failure as a dict."""
    return {"data": {"ok": False, "reason": "unknown"}}  # violates: error-with-200
