"""Many identifiers in one request, answered with successes and failures together."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from app.core.api.envelope import Batch, BatchFailure
from app.core.errors import AppError

MAX_BATCH_SIZE = 100

IdT = TypeVar("IdT")
ThingT = TypeVar("ThingT")


def _without_duplicates(ids: list[IdT]) -> list[IdT]:
    return list(dict.fromkeys(ids))


BatchIds = Annotated[
    list[IdT], Field(min_length=1, max_length=MAX_BATCH_SIZE), AfterValidator(_without_duplicates)
]
"""The identifiers of a batch: at least one, at most `MAX_BATCH_SIZE`, each answered once."""


def match_batch(
    ids: Sequence[IdT], found: Mapping[IdT, ThingT], *, missing: AppError
) -> Batch[ThingT]:
    """Sort what was asked for into found and missing, in the order of the request.

    Args:
        ids: What the request named.
        found: What there is of it; fetched in one statement, whatever the number.
        missing: The error that the single endpoint would raise.
    """
    return Batch(
        succeeded=[found[key] for key in ids if key in found],
        failed=[batch_failure(str(key), missing) for key in ids if key not in found],
    )


def batch_failure(identifier: str, error: AppError) -> BatchFailure:
    """Return the failure of one item, as the single endpoint would have put it."""
    return BatchFailure(id=identifier, code=error.code, message=error.message)
