"""Endpoints of imports."""

from datetime import datetime
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    ResponseModel,
    Router,
    errors,
    with_location,
)
from app.core.guards import RateLimit
from app.features.customer_imports import service
from app.features.customer_imports.errors import (
    CustomerImportNotFound,
    FileImported,
    FileTooLong,
)
from app.features.customer_imports.models import CustomerImport

_TEXT = {"schema": {"type": "string"}}

router = Router(prefix=f"{API_V1}/customer-imports", tags=["customers"])


class CustomerImportOut(ResponseModel):
    """An import and how far it is."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    state: str = Field(examples=["done"])
    line: int = Field(description="The last line that is stored.", examples=[1200])
    finished_at: datetime | None = Field(examples=["2026-01-31T12:00:00Z"])


@router.post(
    "",
    response_model=Envelope[CustomerImportOut],
    status_code=202,
    dependencies=[Depends(RateLimit("20/hour", name="customer_imports"))],
    responses=with_location(FileImported, FileTooLong),
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": _TEXT}}},
)
async def import_customers(
    user: CurrentUser, session: OwnSession, request: Request, response: Response
) -> DataResponse[CustomerImport]:
    """Store a CSV file of at most 5 MB; its rows are inserted in the background."""
    request.scope["max_body_bytes"] = service.MAX_BYTES
    stored = await service.store_file(session, request.stream(), owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{stored.id}"
    return DataResponse(stored)


@router.get(
    "/{import_id}",
    response_model=Envelope[CustomerImportOut],
    responses=errors(CustomerImportNotFound),
)
async def read_customer_import(
    session: OwnReadSession, import_id: UUID
) -> DataResponse[CustomerImport]:
    """Return how far an import is."""
    return DataResponse(await service.get_import(session, import_id))
