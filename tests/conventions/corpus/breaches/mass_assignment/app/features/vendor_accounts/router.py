"""Endpoints of vendors."""

from uuid import UUID

from fastapi import Depends, Request, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, errors, with_location
from app.core.guards import Idempotent
from app.features.vendor_accounts import service
from app.features.vendor_accounts.models import Vendor
from app.features.vendor_accounts.schemas import VendorFields, VendorIn, VendorOut, VendorPatch
from app.features.vendor_accounts.service import VendorNotFound

ONCE = [Depends(Idempotent())]

router = Router(prefix=f"{API_V1}/vendors", tags=["vendors"])


@router.post(
    "",
    response_model=Envelope[VendorOut],
    status_code=201,
    dependencies=ONCE,
    responses=with_location(),
)
async def create_vendor(
    session: OwnSession, new: VendorIn, request: Request, response: Response
) -> DataResponse[Vendor]:
    """Create a vendor."""
    vendor = await service.create_vendor(session, new)
    response.headers["Location"] = request.url_for("change_vendor", vendor_id=str(vendor.id)).path
    return DataResponse(vendor)


@router.post(
    "/imports",
    response_model=Envelope[VendorOut],
    status_code=201,
    dependencies=ONCE,
    responses=with_location(),
)
async def import_vendor(
    user: CurrentUser,
    session: OwnSession,
    new: VendorFields,
    request: Request,
    response: Response,
) -> DataResponse[Vendor]:
    """Import a vendor of another marketplace."""
    vendor = await service.import_vendor(session, new, owner_id=user.id)
    response.headers["Location"] = request.url_for("change_vendor", vendor_id=str(vendor.id)).path
    return DataResponse(vendor)


@router.patch("/{vendor_id}", response_model=Envelope[VendorOut], responses=errors(VendorNotFound))
async def change_vendor(
    session: OwnSession, vendor_id: UUID, changes: VendorPatch
) -> DataResponse[Vendor]:
    """Change a vendor."""
    return DataResponse(await service.change_vendor(session, vendor_id, changes))


@router.patch(
    "/{vendor_id}/shop", response_model=Envelope[VendorOut], responses=errors(VendorNotFound)
)
async def update_vendor(
    session: OwnSession, vendor_id: UUID, changes: VendorPatch
) -> DataResponse[Vendor]:
    """Change the shop of a vendor."""
    return DataResponse(await service.update_vendor(session, vendor_id, changes))
