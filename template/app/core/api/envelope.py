"""The envelope of every JSON response: `data`, with `meta` for lists and batches, or `error`.

    @router.get("/{ticker}", response_model=Envelope[SymbolOut])
    async def read_symbol(session: ReadSession, ticker: Ticker) -> DataResponse[Symbol]:
        return DataResponse(await symbols.get_symbol(session, ticker))

A router declares an envelope as its response model and returns the matching dataclass: a
`DataResponse` for `Envelope`, a `Page` for `PageEnvelope`, a `Batch` for `BatchEnvelope`. Pydantic
reads the attributes of the returned objects and writes the JSON in one pass.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import Field

from app.core.api.schemas import ResponseModel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DataResponse(Generic[T]):
    """A single item, as an endpoint returns it."""

    data: T


class PageMeta(ResponseModel):
    """The position of a page in its list."""

    limit: int = Field(examples=[100])
    next_cursor: str | None = Field(
        description="The `cursor` of the next page; null on the last page.",
        examples=["WyJBQVBMIl0.5c1d4f0a9b3e7c2d"],
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, as a service function returns it."""

    data: list[T]
    meta: PageMeta


class BatchFailure(ResponseModel):
    """A failed item of a batch."""

    id: str = Field(description="The identifier in the request.", examples=["NOPE"])
    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["The resource does not exist."])


@dataclass(frozen=True, slots=True)
class BatchResult(Generic[T]):
    """The results of a batch; every identifier of the request is in one of the two lists."""

    succeeded: list[T]
    failed: list[BatchFailure]


class BatchMeta(ResponseModel):
    """The numbers of successes and failures."""

    succeeded: int = Field(examples=[2])
    failed: int = Field(examples=[1])


class Batch(Generic[T]):
    """The results of a batch with their counts, as a service function returns them."""

    def __init__(self, succeeded: list[T], failed: list[BatchFailure]) -> None:
        """Count the results."""
        self.data = BatchResult(succeeded, failed)
        self.meta = BatchMeta(succeeded=len(succeeded), failed=len(failed))


class Envelope(ResponseModel, Generic[T]):
    """A single item."""

    data: T


class PageEnvelope(ResponseModel, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: PageMeta


class BatchResultOut(ResponseModel, Generic[T]):
    """The results; every identifier of the request is in one of the two lists."""

    succeeded: list[T]
    failed: list[BatchFailure]


class BatchEnvelope(ResponseModel, Generic[T]):
    """The results of a batch."""

    data: BatchResultOut[T]
    meta: BatchMeta


class ErrorDetailOut(ResponseModel):
    """One of several reasons of an error."""

    field: str | None = Field(
        description="The invalid field, if it is a single one.", examples=["query.limit"]
    )
    code: str = Field(examples=["less_than_equal"])
    message: str = Field(examples=["Input should be less than or equal to 1000"])


class ErrorOut(ResponseModel):
    """The error of a failed request."""

    code: str = Field(description="A stable, machine-readable code.", examples=["not_found"])
    message: str = Field(
        description="An explanation for people.", examples=["The resource does not exist."]
    )
    details: list[ErrorDetailOut]
    request_id: str = Field(
        description="The id of the request, for support.",
        examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"],
    )


class ErrorEnvelope(ResponseModel):
    """The response to a failed request."""

    error: ErrorOut
