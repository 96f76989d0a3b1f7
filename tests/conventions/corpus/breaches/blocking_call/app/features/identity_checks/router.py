"""Endpoints of identity checks."""

from fastapi import Depends

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.guards import RateLimit
from app.features.identity_checks.dependencies import Companies, Sanctions
from app.features.identity_checks.schemas import CheckOut, CompanyIn

router = Router(
    prefix=f"{API_V1}/identity-checks",
    tags=["identity"],
    dependencies=[Depends(RateLimit("30/minute"))],
)


@router.post("", response_model=Envelope[CheckOut])
async def check_company(
    user: CurrentUser, people: Sanctions, companies: Companies, company: CompanyIn
) -> DataResponse[CheckOut]:
    """Check whether you or your company are on a list of sanctions."""
    is_person = user.email in people  # breach: blocking-call
    return DataResponse(CheckOut(is_listed=is_person or company.name.casefold() in companies))
