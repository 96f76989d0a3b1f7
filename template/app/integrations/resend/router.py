"""Endpoints of Resend: its webhook, and lists for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
)
from app.core.db import ReadSession, Session
from app.core.guards import NoRateLimit
from app.core.services import get
from app.integrations.resend import events, service
from app.integrations.resend.models import Email, Suppression
from app.integrations.resend.schemas import EmailOut, EmailQuery, SuppressionOut, SuppressionQuery
from app.integrations.resend.service import SuppressionNotFound
from app.integrations.resend.settings import ResendSettings, decode_secret
from app.integrations.resend.signature import InvalidSignature, Signature

_EVENT = {
    "required": True,
    "description": "An event of Resend, signed over its raw bytes.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}

router = Router(prefix=f"{API_V1}/resend", tags=["mail"])


async def read_event(
    request: Request,
    svix_id: Annotated[str, Header(max_length=255, examples=["msg_2Lr8OQ"])],
    svix_timestamp: Annotated[str, Header(pattern=r"^[0-9]{1,12}$", examples=["1795390872"])],
    svix_signature: Annotated[str, Header(max_length=2000, examples=["v1,g0hM9SsE+OTPJTGt"])],
) -> events.SignedEvent:
    """Check the signature over the raw body, and only then parse it.

    Raises:
        InvalidSignature: The signature is invalid or too old.
        InvalidEvent: The body is signed, but is not an event.
    """
    keys = [decode_secret(secret) for secret in get(ResendSettings).resend_webhook_secret]
    given = Signature(svix_id, svix_timestamp, svix_signature)
    body = await request.body()
    given.check(body, keys=keys)
    return events.SignedEvent(svix_id, events.parse_event(body))


@router.post(
    "/webhooks",
    response_model=Envelope[events.EventOut],
    dependencies=[Depends(NoRateLimit())],
    responses=errors(InvalidSignature, events.InvalidEvent),
    openapi_extra={"requestBody": _EVENT},
)
async def take_resend_event(
    signed: Annotated[events.SignedEvent, Depends(read_event)],
) -> DataResponse[events.EventOut]:
    """Receive an event from Resend, which retries until the response is 2xx; it is applied once."""
    return DataResponse(await events.apply(signed.event, event_id=signed.id))


@router.get(
    "/emails",
    response_model=PageEnvelope[EmailOut],
    responses=errors(InvalidCursor, InsufficientRole),
)
async def list_emails(
    _: Admin, session: ReadSession, query: Annotated[EmailQuery, Query()]
) -> Page[Email]:
    """List the messages with their states, page by page. Administrators only."""
    return await service.list_emails(session, query)


@router.get(
    "/suppressions",
    response_model=PageEnvelope[SuppressionOut],
    responses=errors(InvalidCursor, InsufficientRole),
)
async def list_suppressions(
    _: Admin, session: ReadSession, query: Annotated[SuppressionQuery, Query()]
) -> Page[Suppression]:
    """List the suppressed addresses, page by page. Administrators only."""
    return await service.list_suppressions(session, query)


@router.delete(
    "/suppressions/{suppression_id}",
    status_code=204,
    responses=errors(InsufficientRole, SuppressionNotFound),
)
async def lift_suppression(_: Admin, session: Session, suppression_id: UUID) -> None:
    """Remove an address from the suppression list; Resend's own list is separate."""
    await service.lift_suppression(session, suppression_id)
