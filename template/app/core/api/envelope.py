"""The two shapes of every JSON answer: `data` (with `meta` where it helps), or `error`.

A router declares the envelope as its response model and returns the plain thing beside it:
`DataResponse(symbol)` for `Envelope[SymbolOut]`, a `Page` for `PageEnvelope[SymbolOut]`, a `Batch`
for `BatchEnvelope[SymbolOut]`. Pydantic reads the attributes and writes the JSON in one go.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import Field

from app.core.api.schemas import ResponseModel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DataResponse(Generic[T]):
    """One thing, as an endpoint returns it."""

    data: T


@dataclass(frozen=True, slots=True)
class PageMeta:
    """How a page lies in its list.

    Attributes:
        limit: The most items that this page could have held.
        next_cursor: Give it as `cursor` to read on; `None` at the end.
    """

    limit: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, as a service function returns it."""

    data: list[T]
    meta: PageMeta


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFailure:
    """One item of a batch that could not be done.

    Attributes:
        id: The identifier that the request gave.
        code: Stable and machine-readable.
        message: What was wrong and what to do.
    """

    id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class BatchResult(Generic[T]):
    """What came of each item: every identifier of the request is in one of the two lists."""

    succeeded: list[T]
    failed: list[BatchFailure]


@dataclass(frozen=True, slots=True)
class BatchMeta:
    """How many went which way."""

    succeeded: int
    failed: int


class Batch(Generic[T]):
    """Successes and failures together, as a service function returns them."""

    def __init__(self, succeeded: list[T], failed: list[BatchFailure]) -> None:
        """Count what is in the two lists."""
        self.data = BatchResult(succeeded, failed)
        self.meta = BatchMeta(len(succeeded), len(failed))


class Envelope(ResponseModel, Generic[T]):
    """A single thing."""

    data: T


class PageMetaOut(ResponseModel):
    """How this page lies in its list."""

    limit: int = Field(examples=[100])
    next_cursor: str | None = Field(
        description="Give it as `cursor` to read on; null at the end.",
        examples=["WyJBQVBMIl0.5c1d4f0a9b3e7c2d"],
    )


class PageEnvelope(ResponseModel, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: PageMetaOut


class BatchFailureOut(ResponseModel):
    """One item that could not be done."""

    id: str = Field(description="The identifier that the request gave.", examples=["NOPE"])
    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["There is no such thing here."])


class BatchResultOut(ResponseModel, Generic[T]):
    """Every identifier of the request is in one of the two lists."""

    succeeded: list[T]
    failed: list[BatchFailureOut]


class BatchMetaOut(ResponseModel):
    """How many went which way."""

    succeeded: int = Field(examples=[2])
    failed: int = Field(examples=[1])


class BatchEnvelope(ResponseModel, Generic[T]):
    """Successes and failures together."""

    data: BatchResultOut[T]
    meta: BatchMetaOut


class ErrorDetailOut(ResponseModel):
    """One part of what was wrong."""

    field: str | None = Field(
        description="Where in the request, if it is one place.", examples=["query.limit"]
    )
    code: str = Field(examples=["less_than_equal"])
    message: str = Field(examples=["Input should be less than or equal to 1000"])


class ErrorOut(ResponseModel):
    """What went wrong."""

    code: str = Field(description="Stable; branch on this.", examples=["not_found"])
    message: str = Field(description="For a person.", examples=["There is no such thing here."])
    details: list[ErrorDetailOut]
    request_id: str = Field(
        description="Name it when you ask for help.",
        examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"],
    )


class ErrorEnvelope(ResponseModel):
    """Every answer that is not a success."""

    error: ErrorOut
