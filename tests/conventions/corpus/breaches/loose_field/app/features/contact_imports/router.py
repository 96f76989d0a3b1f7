"""Endpoints of imports of contacts."""

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.contact_imports.schemas import (
    ContactIn,
    ImportCheckOut,
    MappingIn,
    SegmentIn,
    SourcesIn,
)

router = Router(prefix=f"{API_V1}/contact-import-checks", tags=["contact-imports"])


@router.post("/contacts", response_model=Envelope[ImportCheckOut])
async def check_contact(_: CurrentUser, contact: ContactIn) -> DataResponse[ImportCheckOut]:
    """Return whether a contact could be imported."""
    return DataResponse(ImportCheckOut(accepted=bool(contact.attributes)))


@router.post("/segments", response_model=Envelope[ImportCheckOut])
async def check_segment(_: CurrentUser, segment: SegmentIn) -> DataResponse[ImportCheckOut]:
    """Return whether a segment could be imported."""
    return DataResponse(ImportCheckOut(accepted=bool(segment.conditions)))


@router.post("/mappings", response_model=Envelope[ImportCheckOut])
async def check_mapping(_: CurrentUser, mapping: MappingIn) -> DataResponse[ImportCheckOut]:
    """Return whether the columns of a file could be imported."""
    return DataResponse(ImportCheckOut(accepted=mapping.columns is not None))


@router.post("/sources", response_model=Envelope[ImportCheckOut])
async def check_sources(_: CurrentUser, sources: SourcesIn) -> DataResponse[ImportCheckOut]:
    """Return whether contacts of a system could be imported."""
    return DataResponse(ImportCheckOut(accepted=bool(sources.sources)))
