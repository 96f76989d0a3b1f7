"""Endpoints of events of partners."""

from typing import Annotated

from fastapi import Depends, Header

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.guards import RateLimit
from app.core.services import get
from app.features.partner_hooks.checks import starts_with_key
from app.features.partner_hooks.schemas import HookOut
from app.features.partner_hooks.settings import PartnerHookSettings

router = Router(prefix=f"{API_V1}/partner-hooks", tags=["partner-hooks"])

CHECKS = RateLimit("10/minute", name="partner_key_checks")


@router.get("/keys/current", response_model=Envelope[HookOut], dependencies=[Depends(CHECKS)])
async def check_partner_key(
    _: CurrentUser, x_partner_key: Annotated[str, Header(max_length=200, examples=["pk_1"])]
) -> DataResponse[HookOut]:
    """Return whether a key is accepted."""
    key = get(PartnerHookSettings).partner_hook_key
    return DataResponse(HookOut(accepted=key is not None and starts_with_key(x_partner_key, key)))
