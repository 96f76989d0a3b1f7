"""Endpoints."""

from typing import Any

from pydantic import Field
from sqlalchemy import update

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, RequestModel, Router, ShortText
from app.features.market_data.models import Symbol

router = Router(prefix=f"{API_V1}/patches-that-null", tags=["patches-that-null"])


class SymbolPatch(RequestModel):
    """Changes to a symbol."""

    name: ShortText | None = Field(default=None, examples=["Apple"])
    currency: ShortText | None = Field(default=None, examples=["USD"])


@router.patch("/first", status_code=204)
async def patch_given(_: CurrentUser, changes: SymbolPatch) -> None:
    """Change a symbol."""
    symbol = Symbol()
    rename(symbol, changes)
    copy_fields(symbol, changes.model_dump(exclude_unset=True))
    statement_for(changes)


def rename(symbol: Symbol, changes: SymbolPatch) -> None:
    """Change the name of a symbol."""
    if changes.name is not None:
        symbol.name = changes.name


def copy_fields(symbol: Symbol, values: dict[str, Any]) -> None:
    """Change all fields."""
    for name in ("name", "currency"):
        setattr(symbol, name, values[name])


def statement_for(changes: SymbolPatch) -> object:
    """Return a statement that changes a symbol."""
    return update(Symbol).where(Symbol.ticker == "AAPL").values(name=changes.name or "Apple")
