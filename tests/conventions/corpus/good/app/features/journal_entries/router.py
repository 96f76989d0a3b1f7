"""Endpoints of the journal."""

from uuid import UUID

from fastapi import Depends, Request, Response

from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, errors, with_location
from app.core.guards import Idempotent
from app.features.journal_entries import posting
from app.features.journal_entries.errors import JournalAccountNotFound, JournalEntryNotFound
from app.features.journal_entries.models import JournalEntry
from app.features.journal_entries.schemas import EntryIn, EntryOut

router = Router(prefix=f"{API_V1}/journal-entries", tags=["journal"])


@router.post(
    "",
    response_model=Envelope[EntryOut],
    status_code=201,
    dependencies=[Depends(Idempotent())],
    responses=with_location(JournalAccountNotFound),
)
async def post_journal_entry(
    session: OwnSession, new: EntryIn, request: Request, response: Response
) -> DataResponse[JournalEntry]:
    """Move an amount between two accounts of your books."""
    entry = await posting.post_entry(session, new)
    location = request.url_for("read_journal_entry", entry_id=str(entry.id))
    response.headers["Location"] = location.path
    return DataResponse(entry)


@router.get(
    "/{entry_id}", response_model=Envelope[EntryOut], responses=errors(JournalEntryNotFound)
)
async def read_journal_entry(session: OwnReadSession, entry_id: UUID) -> DataResponse[JournalEntry]:
    """Return one of your entries."""
    return DataResponse(await posting.get_entry(session, entry_id))
