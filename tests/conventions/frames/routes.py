"""Endpoints of an example, and what they call."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import CurrentUser
from app.accounts.models import Role, User
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    Batch,
    BatchEnvelope,
    BatchIds,
    DataResponse,
    EmailAddress,
    Envelope,
    ListQuery,
    Page,
    PageEnvelope,
    RequestModel,
    ResponseModel,
    Router,
    ShortText,
    Sunset,
    errors,
    paginate,
)
from app.core.db import AsyncSessionLocal, ReadSession, Session
from app.core.errors import Conflict
from app.core.guards import Idempotent, RateLimit
from app.features.example_notes.models import Note, NoteNotFound

router = Router(prefix=f"{API_V1}/FEATURE", tags=["examples"])


class NoteOut(ResponseModel):
    """A note."""

    title: str = Field(examples=["Groceries"])


class UserOut(ResponseModel):
    """A user."""

    email: str = Field(examples=["ada@example.com"])


class Count(ResponseModel):
    """A number of notes."""

    number: int = Field(examples=[3])


class NoteIn(RequestModel):
    """A new note."""

    title: ShortText = Field(examples=["Groceries"])


class NoteIds(RequestModel):
    """The ids of notes."""

    ids: BatchIds[UUID] = Field(examples=[[]])


class SignUp(RequestModel):
    """A new user."""

    email: EmailAddress
    role: Role = Field(examples=["user"])


class TitleQuery(ListQuery):
    """The title to find."""

    title: ShortText = Field(examples=["Groceries"])


NoteQuery = Annotated[TitleQuery, Query()]


async def read_notes(session: AsyncSession) -> list[Note]:
    return [*await session.scalars(select(Note).limit(10))]


async def read_note(session: AsyncSession, title: str) -> Note:
    return (await session.scalars(select(Note).where(Note.title == title))).one()


async def get_note(session: AsyncSession, note_id: UUID) -> Note:
    note = await session.get(Note, note_id)
    if note is None:
        raise NoteNotFound
    return note


async def count_in(session: AsyncSession) -> int:
    return await session.scalar(select(func.count(Note.id))) or 0


def add_note(session: AsyncSession, new: NoteIn) -> Note:
    note = Note(title=new.title)
    session.add(note)
    return note


async def change(session: AsyncSession, note_id: UUID, new: NoteIn) -> Note:
    changed = update(Note).where(Note.id == note_id).values(title=new.title).returning(Note)
    return (await session.scalars(changed)).one()


async def remove(session: AsyncSession, note_id: UUID) -> None:
    await session.execute(delete(Note).where(Note.id == note_id))


EXAMPLE  # frame
