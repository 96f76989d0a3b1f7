"""Endpoints of searches in the log of changes."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
)
from app.core.db import ReadSession
from app.core.guards import RateLimit
from app.features.audit_queries.matching import LineFilter, contains_all, mask, select_matching
from app.features.audit_queries.models import AuditLine

router = Router(
    prefix=f"{API_V1}/audit-queries",
    tags=["audit-queries"],
    dependencies=[Depends(RateLimit("30/minute", name="audit_queries"))],
    responses=errors(InsufficientRole),
)


class AuditQuery(RequestModel):
    """A search in the log."""

    matching: str = Field(max_length=200, examples=["user.*deleted"])
    hiding: str = Field(default="", max_length=200, examples=["ada"])


class AuditCountOut(ResponseModel):
    """The number of lines."""

    lines: int = Field(examples=[3])


Search = Annotated[AuditQuery, Query()]


@router.get("/counts", response_model=Envelope[AuditCountOut])
async def count_lines(
    _: Admin, session: ReadSession, search: Search
) -> DataResponse[AuditCountOut]:
    """Return the number of lines that match. Administrators only."""
    lines = [mask(line.action, search.hiding) for line in await _newest(session, search)]
    matching = [*LineFilter(search.matching).matching(lines)]
    return DataResponse(AuditCountOut(lines=len(matching)))


@router.get("/word-counts", response_model=Envelope[AuditCountOut])
async def count_lines_with_words(
    _: Admin, session: ReadSession, search: Search
) -> DataResponse[AuditCountOut]:
    """Return the number of lines with some words. Administrators only."""
    found = await _newest(session, search)
    words = search.matching.split()
    return DataResponse(AuditCountOut(lines=sum(contains_all(one.action, words) for one in found)))


async def _newest(session: ReadSession, search: AuditQuery) -> list[AuditLine]:
    return list(await session.scalars(select_matching(search.matching)))
