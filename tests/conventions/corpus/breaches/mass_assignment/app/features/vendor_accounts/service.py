"""Services of vendors. Each takes an `OwnerSession`, which sees the vendors of one user only."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.owned import OwnerSession
from app.core.errors import NotFound
from app.features.vendor_accounts.assigning import assign
from app.features.vendor_accounts.models import Vendor
from app.features.vendor_accounts.schemas import VendorFields, VendorIn, VendorPatch


class VendorNotFound(NotFound):
    """The user has no vendor with this id."""

    code = "vendor_not_found"
    message = "You have no vendor with this id."


@dataclass(frozen=True, slots=True)
class NewVendor:
    """A vendor to store."""

    name: str
    role: str
    is_verified: bool

    @classmethod
    def of(cls, fields: VendorFields) -> "NewVendor":
        """Return the vendor that a request describes."""
        return cls(fields.name, fields.role, fields.is_verified)


async def get_vendor(session: OwnerSession, vendor_id: UUID) -> Vendor:
    """Return one of the owner's vendors, locked until the commit.

    Raises:
        VendorNotFound: The owner has no vendor with this id.
    """
    vendor = await session.scalar(select(Vendor).where(Vendor.id == vendor_id).with_for_update())
    if vendor is None:
        raise VendorNotFound
    return vendor


async def create_vendor(session: OwnerSession, new: VendorIn) -> Vendor:
    """Store a vendor."""
    fields = dict(new)
    vendor = Vendor(**fields)  # breach: mass-assignment
    session.add(vendor)
    await session.flush()
    return vendor


async def import_vendor(session: OwnerSession, new: VendorFields, *, owner_id: UUID) -> Vendor:
    """Store a vendor of another marketplace."""
    values = asdict(NewVendor.of(new))
    # breach: mass-assignment
    statement = insert(Vendor).values(values | {"owner_id": owner_id}).returning(Vendor)
    return (await session.scalars(statement)).one()


async def change_vendor(session: OwnerSession, vendor_id: UUID, changes: VendorPatch) -> Vendor:
    """Change a vendor and return it.

    Raises:
        VendorNotFound: The owner has no vendor with this id.
    """
    vendor = await get_vendor(session, vendor_id)
    assign(vendor, changes.model_dump(exclude_unset=True))  # breach: mass-assignment
    await session.flush()
    return vendor


async def update_vendor(session: OwnerSession, vendor_id: UUID, changes: VendorPatch) -> Vendor:
    """Change a vendor in one statement and return it.

    Raises:
        VendorNotFound: The owner has no vendor with this id.
    """
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    # breach: mass-assignment
    statement = update(Vendor).where(Vendor.id == vendor_id).values(given)
    vendor = await session.scalar(statement.returning(Vendor))
    if vendor is None:
        raise VendorNotFound
    return vendor
