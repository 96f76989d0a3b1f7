"""Endpoints of payment links."""

from typing import Annotated

from fastapi import Depends, Header, Request, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, with_location
from app.core.guards import Idempotent, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.features.payment_links import service
from app.features.payment_links.client import PaymentAnswerInvalid, PaymentRefused
from app.features.payment_links.models import PaymentLink
from app.features.payment_links.schemas import PaymentLinkIn, PaymentLinkOut

router = Router(prefix=f"{API_V1}/payment-links", tags=["payments"])


@router.post(
    "",
    response_model=Envelope[PaymentLinkOut],
    status_code=201,
    dependencies=[
        Depends(RateLimit("20/minute", name="payment_links")),
        Depends(Idempotent(lease=60)),
    ],
    responses=with_location(PaymentAnswerInvalid, PaymentRefused, *UPSTREAM_ERRORS),
)
async def create_payment_link(
    user: CurrentUser,
    session: OwnSession,
    new: PaymentLinkIn,
    request: Request,
    response: Response,
    idempotency_key: Annotated[str, Header(max_length=255)],
) -> DataResponse[PaymentLink]:
    """Make a link at which a customer pays; the key is passed on to the payment service."""
    link = await service.create_link(
        session, new, owner_id=user.id, key=idempotency_key, email=user.email
    )
    response.headers["Location"] = f"{request.url.path}/{link.id}"
    return DataResponse(link)
