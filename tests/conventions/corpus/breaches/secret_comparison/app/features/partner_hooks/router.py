"""Endpoints of events of partners."""

from typing import Annotated

from fastapi import Header
from pydantic import SecretStr

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.partner_hooks.checks import starts_with_key
from app.features.partner_hooks.schemas import HookOut

router = Router(prefix=f"{API_V1}/partner-hooks", tags=["partner-hooks"])


@router.get("/keys/current", response_model=Envelope[HookOut])
async def check_partner_key(
    user: CurrentUser, x_partner_key: Annotated[str, Header(max_length=200, examples=["pk_1"])]
) -> DataResponse[HookOut]:
    """Return whether a key is accepted."""
    key = SecretStr(user.id.hex)
    return DataResponse(HookOut(accepted=starts_with_key(x_partner_key, key)))
