"""The baseline: FastAPI and SQLAlchemy as their tutorials combine them, and nothing else."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, Numeric, String, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"])
session_factory = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    """Declarative base."""


class Symbol(Base):
    """The service's `symbols`."""

    __tablename__ = "symbols"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticker: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Candle(Base):
    """The service's `candles`."""

    __tablename__ = "candles"

    symbol_id: Mapped[UUID] = mapped_column(ForeignKey("symbols.id"), primary_key=True)
    interval: Mapped[str] = mapped_column(String(3), primary_key=True)
    open_time: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    high: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    low: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    close: Mapped[Decimal] = mapped_column(Numeric(20, 8))
    volume: Mapped[Decimal] = mapped_column(Numeric(28, 8))


class SymbolOut(BaseModel):
    """A symbol."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    ticker: str
    name: str
    currency: str
    created_at: datetime
    updated_at: datetime


class Plain(BaseModel):
    """A small response."""

    status: str
    checks: list[str]


async def get_session() -> AsyncIterator[AsyncSession]:
    """Yield a request's session, as in FastAPI's documentation."""
    async with session_factory() as session:
        yield session


@app.get("/symbols/{ticker}", response_model=SymbolOut)
async def read_symbol(
    ticker: str, session: Annotated[AsyncSession, Depends(get_session)]
) -> Symbol:
    """Return one symbol."""
    symbol = await session.scalar(select(Symbol).where(Symbol.ticker == ticker))
    if symbol is None:
        raise HTTPException(404)
    return symbol


@app.get("/plain")
async def read_plain() -> Plain:
    """Return a constant."""
    return Plain(status="ok", checks=["a", "b"])
