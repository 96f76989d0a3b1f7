"""Batches: many identifiers in one request, successes and failures together in the response.

    class NoteBatch(RequestModel):
        ids: BatchIds[UUID]

    async def get_notes(session: AsyncSession, ids: Sequence[UUID]) -> Batch[Note]:
        rows = await session.scalars(select(Note).where(Note.id.in_(ids)))
        return match_batch(ids, {note.id: note for note in rows}, missing=NoteNotFound())

A route returns the `Batch` and declares `response_model=BatchEnvelope[NoteOut]`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from app.core.api.envelope import Batch, BatchFailure
from app.core.errors import AppError

MAX_BATCH_SIZE = 100

IdT = TypeVar("IdT")
ItemT = TypeVar("ItemT")


def _without_duplicates(ids: list[IdT]) -> list[IdT]:
    return list(dict.fromkeys(ids))


BatchIds = Annotated[
    list[IdT], Field(min_length=1, max_length=MAX_BATCH_SIZE), AfterValidator(_without_duplicates)
]
"""The identifiers of a batch: from one to `MAX_BATCH_SIZE`; duplicates are removed."""


def match_batch(
    ids: Sequence[IdT], found: Mapping[IdT, ItemT], *, missing: AppError
) -> Batch[ItemT]:
    """Divide the identifiers into found and missing, in the order of the request.

    Args:
        ids: The identifiers of the request.
        found: The existing items by identifier; read them in one statement.
        missing: The error that the endpoint for a single item raises.
    """
    return Batch(
        succeeded=[found[key] for key in ids if key in found],
        failed=[batch_failure(str(key), missing) for key in ids if key not in found],
    )


def batch_failure(identifier: str, error: AppError) -> BatchFailure:
    """Return the failure of one item, with the error of the endpoint for a single item."""
    return BatchFailure(id=identifier, code=error.code, message=error.message)
