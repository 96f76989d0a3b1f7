"""Endpoints of intake forms."""

import json
from typing import Annotated, Any

from fastapi import Body, Depends, Request

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router
from app.features.intake_forms.reading import Answers, Form, SubmissionReader
from app.features.intake_forms.schemas import SubmissionOut

router = Router(prefix=f"{API_V1}/intake-forms", tags=["intake-forms"])


@router.post("/previews", response_model=Envelope[SubmissionOut])
async def preview_submission(
    _: CurrentUser, reader: Annotated[SubmissionReader, Depends()]
) -> DataResponse[SubmissionOut]:
    """Return a summary of a submission without storing it."""
    return DataResponse(SubmissionOut(answered=len(await reader.read())))


@router.post("/answer-counts", response_model=Envelope[SubmissionOut])
async def count_answers(_: CurrentUser, answers: Answers) -> DataResponse[SubmissionOut]:
    """Return the number of answers."""
    return DataResponse(SubmissionOut(answered=len(answers)))


@router.post("/field-counts", response_model=Envelope[SubmissionOut])
async def count_fields(_: CurrentUser, form: Form) -> DataResponse[SubmissionOut]:
    """Return the number of fields of a form."""
    return DataResponse(SubmissionOut(answered=len(form)))


@router.post("/section-counts", response_model=Envelope[SubmissionOut])
async def count_sections(
    _: CurrentUser,
    sections: Annotated[list[dict[str, Any]], Body(embed=True, max_length=50)],  # breach: raw-body
) -> DataResponse[SubmissionOut]:
    """Return the number of sections."""
    return DataResponse(SubmissionOut(answered=len(sections)))


@router.post("/chunk-counts", response_model=Envelope[SubmissionOut])
async def count_chunks(_: CurrentUser, request: Request) -> DataResponse[SubmissionOut]:
    """Return the number of answers in a body that arrives in chunks."""
    read_all = request.body
    document = json.loads(await read_all() or b"{}")  # breach: raw-body
    return DataResponse(SubmissionOut(answered=len(document)))
