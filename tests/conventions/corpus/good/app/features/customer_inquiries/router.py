"""Endpoints of inquiries, for customers and for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session
from app.core.guards import Idempotent, RateLimit
from app.features.customer_inquiries import service
from app.features.customer_inquiries.errors import InquiryClosed, InquiryNotFound
from app.features.customer_inquiries.models import Inquiry
from app.features.customer_inquiries.schemas import (
    InquiryIn,
    InquiryOut,
    InquiryQuery,
    QueuedReportOut,
)

router = Router(prefix=f"{API_V1}/inquiries", tags=["inquiries"])

REPORTS = RateLimit("5/hour", name="inquiry_reports")


@router.get(
    "",
    response_model=PageEnvelope[InquiryOut],
    responses=errors(InvalidCursor, InsufficientRole),
)
async def list_customer_inquiries(
    _: Admin, session: ReadSession, query: Annotated[InquiryQuery, Query()]
) -> Page[Inquiry]:
    """List the inquiries of every customer, page by page. Administrators only."""
    return await service.list_inquiries(session, query)


@router.post(
    "",
    response_model=Envelope[InquiryOut],
    status_code=status.HTTP_201_CREATED,
    dependencies=[Depends(Idempotent())],
    responses=with_location(),
)
async def create_inquiry(
    session: OwnSession, new: InquiryIn, request: Request, response: Response
) -> DataResponse[Inquiry]:
    """Ask a question."""
    inquiry = await service.create_inquiry(session, new)
    path = request.url_for("read_inquiry", inquiry_id=str(inquiry.id)).path
    response.headers["Location"] = path
    return DataResponse(inquiry)


@router.post(
    "/reports",
    response_model=Envelope[QueuedReportOut],
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[Depends(REPORTS)],
    responses=errors(InsufficientRole),
)
async def request_inquiry_report(admin: Admin, session: Session) -> DataResponse[QueuedReportOut]:
    """Have the number of open inquiries sent to you. Administrators only."""
    return DataResponse(await service.request_report(session, admin=admin))


@router.get("/{inquiry_id}", response_model=Envelope[InquiryOut], responses=errors(InquiryNotFound))
async def read_inquiry(session: OwnReadSession, inquiry_id: UUID) -> DataResponse[Inquiry]:
    """Return one of your inquiries."""
    return DataResponse(await service.get_inquiry(session, inquiry_id))


@router.put(
    "/{inquiry_id}/closure",
    response_model=Envelope[InquiryOut],
    responses=errors(InsufficientRole, InquiryClosed, InquiryNotFound),
)
async def close_inquiry(admin: Admin, session: Session, inquiry_id: UUID) -> DataResponse[Inquiry]:
    """Close an inquiry of any customer. Administrators only."""
    return DataResponse(await service.close_inquiry(session, inquiry_id, admin=admin))
