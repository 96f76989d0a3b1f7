"""Endpoints of job postings."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Response

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, with_location
from app.core.guards import Idempotent
from app.features.job_postings.models import JobNote, JobPosting
from app.features.job_postings.repository import JobRepository
from app.features.job_postings.schemas import (
    JobMatchOut,
    JobNotesIn,
    JobPostingIn,
    JobPostingOut,
)

router = Router(prefix=f"{API_V1}/job-postings", tags=["job-postings"])

ONCE = [Depends(Idempotent())]
Jobs = Annotated[JobRepository, Depends()]


# breach: wrong-creation-status
@router.post("", response_model=Envelope[JobPostingOut], dependencies=ONCE)
async def create_job_posting(
    _: CurrentUser, jobs: Jobs, new: JobPostingIn
) -> DataResponse[JobPosting]:
    """Publish a position."""
    return DataResponse(await jobs.store(JobPosting(title=new.title)))


# breach: wrong-creation-status
@router.post("/drafts", response_model=Envelope[JobPostingOut], status_code=201, dependencies=ONCE)
async def draft_job_posting(
    _: CurrentUser, jobs: Jobs, new: JobPostingIn
) -> DataResponse[JobPosting]:
    """Store a draft of a position."""
    return DataResponse(await jobs.store(JobPosting(title=f"Draft: {new.title}")))


# breach: wrong-creation-status
@router.post("/notes", status_code=HTTPStatus.NO_CONTENT, dependencies=ONCE)
async def create_job_notes(user: CurrentUser, jobs: Jobs, new: JobNotesIn) -> None:
    """Store notes about positions."""
    await jobs.store_notes(new.texts, owner_id=user.id)


# breach: wrong-creation-status
@router.post(
    "/reminders", response_model=Envelope[JobPostingOut], status_code=202, dependencies=ONCE
)
async def create_job_reminder(
    _: CurrentUser, jobs: Jobs, new: JobPostingIn
) -> DataResponse[JobNote]:
    """Store a reminder."""
    note = JobNote(text=new.title)
    return DataResponse(await jobs.store(note))


# breach: wrong-creation-status
@router.post(
    "/matches",
    response_model=Envelope[JobMatchOut],
    status_code=HTTPStatus.CREATED,
    responses=with_location(),
)
async def count_matching_jobs(
    _: CurrentUser, search: JobPostingIn, response: Response
) -> DataResponse[JobMatchOut]:
    """Return the number of positions that match, without storing anything."""
    response.headers["Location"] = f"{router.prefix}/matches"
    return DataResponse(JobMatchOut(matches=len(search.title)))
