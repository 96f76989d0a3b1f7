"""Endpoints of evidence."""

from typing import Any

from fastapi import Depends, Request

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.core.guards import RateLimit
from app.features.claim_evidence import service
from app.features.claim_evidence.reading import Intake, accept_films, collect, joined
from app.features.claim_evidence.schemas import EvidenceOut

router = Router(
    prefix=f"{API_V1}/evidence-pieces",
    tags=["evidence"],
    dependencies=[Depends(accept_films), Depends(RateLimit("20/minute"))],
)


def _body(kind: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


@router.put(
    "/documents", response_model=Envelope[EvidenceOut], openapi_extra=_body("application/pdf")
)
async def store_document(
    _: CurrentUser, session: OwnSession, request: Request
) -> DataResponse[EvidenceOut]:
    """Store a document as evidence."""
    content = await Intake(request).content()
    return DataResponse(await service.store_evidence(session, content))


@router.put("/recordings", response_model=Envelope[EvidenceOut], openapi_extra=_body("audio/mpeg"))
async def store_recording(
    _: CurrentUser, session: OwnSession, request: Request
) -> DataResponse[EvidenceOut]:
    """Store the recording of a call as evidence."""
    return DataResponse(await service.store_evidence(session, await collect(request)))


@router.put("/films", response_model=Envelope[EvidenceOut], openapi_extra=_body("video/mp4"))
async def store_film(
    _: CurrentUser, session: OwnSession, request: Request
) -> DataResponse[EvidenceOut]:
    """Store a film as evidence."""
    content = await joined(request.stream())
    return DataResponse(await service.store_evidence(session, content))
