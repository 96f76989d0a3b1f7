"""Endpoints of scans."""

import structlog
from fastapi import Depends
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
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.secret_scans.clients import RevocationService
from app.features.secret_scans.patterns import Secrecy, find_key, mask, secrecy_of

log = structlog.get_logger(__name__).bind(feature="secret_scans")

router = Router(prefix=f"{API_V1}/secret-scans", tags=["secret-scans"])

SCANS = RateLimit("30/minute", name="secret_scans")


class ScanIn(RequestModel):
    """A text to scan."""

    text: str = Field(max_length=20_000, examples=["password = <your-password>"])


class ScanOut(ResponseModel):
    """The result of a scan."""

    secrecy: Secrecy = Field(examples=["nothing"])
    has_password: bool = Field(examples=[False])
    masked: str = Field(description="The text without its keys.", examples=["********"])


@router.post(
    "",
    response_model=Envelope[ScanOut],
    dependencies=[Depends(SCANS)],
    responses=errors(*UPSTREAM_ERRORS),
)
async def scan_text(user: CurrentUser, scan: ScanIn) -> DataResponse[ScanOut]:
    """Find a secret in a text and report it for revocation; nothing is stored."""
    found = find_key(scan.text)
    secrecy = secrecy_of(found[0] if found else None)
    if found is not None:
        kind, key = found
        log.info("secret_found", user_id=str(user.id), kind=kind)
        await get(RevocationService).report(kind, key)
    return DataResponse(
        ScanOut(
            secrecy=secrecy,
            has_password=secrecy == Secrecy.PASSWORD,
            masked=mask(scan.text),
        )
    )
