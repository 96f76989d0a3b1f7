"""The repository of job postings."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.accounts.owned import OwnerSession, OwnSession
from app.core.db import Base
from app.features.job_postings.models import JobNote

RowT = TypeVar("RowT", bound=Base)


class JobRepository:
    """The rows of one recruiter."""

    def __init__(self, session: OwnSession) -> None:
        """Take the session of the request."""
        self._session: OwnerSession = session

    async def store(self, row: RowT) -> RowT:
        """Store a row and return it."""
        self._session.add(row)
        await self._session.flush()
        return row

    async def store_notes(self, texts: list[str], *, owner_id: UUID) -> None:
        """Store notes in one statement."""
        rows = [{"text": text, "owner_id": owner_id} for text in texts]
        await self._session.execute(insert(JobNote).values(rows))
