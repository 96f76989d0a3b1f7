"""FastAPI and SQLAlchemy as their tutorials combine them, and nothing else."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"])
session_factory = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
T = TypeVar("T")


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


class Envelope(BaseModel, Generic[T]):
    """The service's envelope, so that the bodies are the same."""

    model_config = ConfigDict(from_attributes=True)

    data: T


async def get_session() -> AsyncIterator[AsyncSession]:
    """Yield a request's session, as in FastAPI's documentation."""
    async with session_factory() as session:
        yield session


@app.get("/symbols/{ticker}", response_model=Envelope[SymbolOut])
async def read_symbol(
    ticker: str, session: Annotated[AsyncSession, Depends(get_session)]
) -> dict[str, Symbol]:
    """Return one symbol."""
    symbol = await session.scalar(select(Symbol).where(Symbol.ticker == ticker))
    if symbol is None:
        raise HTTPException(404)
    return {"data": symbol}


@app.get("/plain")
async def read_plain() -> Envelope[Plain]:
    """Return a constant."""
    return Envelope(data=Plain(status="ok", checks=["a", "b"]))
