"""Endpoints of the supplier directory."""

from typing import Annotated

from fastapi import Query

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.db import ReadSession
from app.features.supplier_directory import service
from app.features.supplier_directory.schemas import SupplierHits, SupplierSearch

router = Router(prefix=f"{API_V1}/supplier-hits", tags=["suppliers"])


@router.get("", response_model=Envelope[SupplierHits])
async def find_suppliers(
    _: CurrentUser, session: ReadSession, query: Annotated[SupplierSearch, Query()]
) -> DataResponse[SupplierHits]:
    """Return the first hundred suppliers that match a search."""
    return DataResponse(await service.search_suppliers(session, query))
