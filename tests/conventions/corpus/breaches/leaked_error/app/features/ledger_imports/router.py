"""Endpoints of imports of ledgers."""

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
)
from app.features.ledger_imports.errors import LedgerRejected, LedgerUnreadable
from app.features.ledger_imports.reading import read_lines

router = Router(prefix=f"{API_V1}/ledger-imports", tags=["ledger-imports"])


class LedgerIn(RequestModel):
    """A ledger to check."""

    content: str = Field(max_length=500_000, examples=["amount\n12.50"])


class LedgerCheckOut(ResponseModel):
    """The result of a check."""

    lines: int = Field(examples=[120])
    problem: str | None = Field(examples=["A line has no amount."])


@router.post(
    "/counts",
    response_model=Envelope[LedgerCheckOut],
    responses=errors(LedgerRejected, LedgerUnreadable),
)
async def count_ledger_lines(_: CurrentUser, ledger: LedgerIn) -> DataResponse[LedgerCheckOut]:
    """Return the number of lines of a ledger."""
    return DataResponse(LedgerCheckOut(lines=len(read_lines(ledger.content)), problem=None))


@router.post("/checks", response_model=Envelope[LedgerCheckOut])
async def check_ledger(_: CurrentUser, ledger: LedgerIn) -> DataResponse[LedgerCheckOut]:
    """Return whether a ledger could be imported."""
    try:
        lines = len(read_lines(ledger.content))
    except (LedgerRejected, LedgerUnreadable) as error:
        problem = f"{error.message} ({error.__cause__})"
        return DataResponse(LedgerCheckOut(lines=0, problem=problem))  # breach: leaked-error
    return DataResponse(LedgerCheckOut(lines=lines, problem=None))
