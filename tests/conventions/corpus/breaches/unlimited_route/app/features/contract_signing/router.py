"""Endpoints of contracts."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.errors import PasswordQueueFull
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.db import Session
from app.core.guards import Idempotent, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.contract_signing.clients import SigningService
from app.features.contract_signing.copies import SignedCopy
from app.features.contract_signing.notifications import PartyMailer
from app.features.contract_signing.pins import PinCheck, pin_check
from app.features.contract_signing.schemas import (
    ConfirmationIn,
    ContractOut,
    PartyIn,
    PreviewIn,
)

PREVIEWS = RateLimit("20/minute", name="contract_previews")

router = Router(prefix=f"{API_V1}/contracts", tags=["contracts"])


def get_signing_service() -> SigningService:
    """Return the open client."""
    return get(SigningService)


Signing = Annotated[SigningService, Depends(get_signing_service)]


# breach: unlimited-route
@router.post("/previews", response_model=None, responses=errors(*UPSTREAM_ERRORS))
async def preview_contract(_: CurrentUser, signing: Signing, new: PreviewIn) -> Response:
    """Return a preview of a contract as PDF."""
    return Response(await signing.preview(new.title), media_type="application/pdf")


@router.post(
    "/drafts",
    response_model=None,
    dependencies=[Depends(PREVIEWS)],
    responses=errors(*UPSTREAM_ERRORS),
)
async def preview_draft(_: CurrentUser, signing: Signing, new: PreviewIn) -> Response:
    """Return a preview of a draft as PDF."""
    return Response(await signing.preview(f"Draft: {new.title}"), media_type="application/pdf")


# breach: unlimited-route
@router.post(
    "/invitations", status_code=HTTPStatus.NO_CONTENT, dependencies=[Depends(Idempotent())]
)
async def invite_party(_: CurrentUser, session: Session, new: PartyIn) -> None:
    """Ask a party for their signature."""
    await PartyMailer(session).invite(new.email)


# breach: unlimited-route
@router.post(
    "/confirmations",
    response_model=Envelope[ContractOut],
    responses=errors(PasswordQueueFull),
)
async def confirm_signature(
    _: CurrentUser, confirmation: ConfirmationIn, check: Annotated[PinCheck, Depends(pin_check)]
) -> DataResponse[ContractOut]:
    """Return whether a PIN is right."""
    is_right = await check.is_right(confirmation.pin)
    return DataResponse(ContractOut(id=str(is_right)))


# breach: unlimited-route
@router.put("/signed-copies", response_model=Envelope[ContractOut])
async def measure_signed_copy(
    _: CurrentUser, copy: Annotated[SignedCopy, Depends()]
) -> DataResponse[ContractOut]:
    """Return the size of a signed copy."""
    return DataResponse(ContractOut(id=str(await copy.size())))
