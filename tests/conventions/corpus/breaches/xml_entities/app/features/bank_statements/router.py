"""Endpoints of statements."""

from fastapi import Depends
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.core.guards import RateLimit
from app.features.bank_statements import parsing

router = Router(
    prefix=f"{API_V1}/bank-statements",
    tags=["bank-statements"],
    dependencies=[Depends(RateLimit("10/minute", name="bank_statements"))],
)


class StatementIn(RequestModel):
    """A statement as XML."""

    xml: str = Field(max_length=500_000, examples=["<Document/>"])


class StatementOut(ResponseModel):
    """A summary of a statement."""

    entries: int = Field(examples=[12])


@router.post("/summaries", response_model=Envelope[StatementOut])
async def summarize_statement(_: CurrentUser, statement: StatementIn) -> DataResponse[StatementOut]:
    """Return the number of entries."""
    raw = statement.xml.encode()
    return DataResponse(StatementOut(entries=len([*parsing.read_entries(raw)])))
