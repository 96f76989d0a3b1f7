"""A feature with rows of its users, for these tests alone; `Base` knows nothing of it."""

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Body
from sqlalchemy import ForeignKey, MetaData, String, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeEngine

from app.accounts.dependencies import CurrentUser
from app.accounts.models import User
from app.accounts.owned import Owned, OwnReadSession, OwnSession
from app.core.api import Router
from app.core.db import Session, UtcDateTime, UuidKey
from app.core.db.models import NAMING_CONVENTION
from app.core.errors import NotFound


class NoteBase(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
    }


class Folder(NoteBase):
    __tablename__ = "probe_folders"

    id: Mapped[UuidKey]
    notes: Mapped[list["Note"]] = relationship(lazy="raise", viewonly=True)


class Note(Owned, NoteBase):
    __tablename__ = "probe_notes"

    id: Mapped[UuidKey]
    text: Mapped[str] = mapped_column(String(200))
    folder_id: Mapped[UUID | None] = mapped_column(ForeignKey(Folder.id, ondelete="CASCADE"))


class Profile(Owned, NoteBase):
    """A feature's data about a user: one row each, without a change to accounts."""

    __tablename__ = "probe_profiles"

    owner_id: Mapped[UUID] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(200))


async def get_note(session: AsyncSession, note_id: UUID) -> Note:
    note = await session.scalar(select(Note).where(Note.id == note_id))
    if note is None:
        raise NotFound
    return note


router = Router(prefix="/notes")


@router.post("")
async def create_note(session: OwnSession, text: Annotated[str, Body()]) -> UUID:
    note = Note(text=text)
    session.add(note)
    await session.flush()
    return note.id


@router.get("/{note_id}")
async def read_note(session: OwnReadSession, note_id: UUID) -> str:
    return (await get_note(session, note_id)).text


@router.put("/{note_id}")
async def change_note(session: OwnSession, note_id: UUID, text: Annotated[str, Body()]) -> None:
    (await get_note(session, note_id)).text = text


@router.delete("/{note_id}", status_code=204)
async def delete_note(session: OwnSession, note_id: UUID) -> None:
    statement = delete(Note).where(Note.id == note_id).returning(Note.id)
    if await session.scalar(statement) is None:
        raise NotFound


@router.get("/forgotten/{note_id}")
async def read_note_and_forget_the_owner(session: Session, note_id: UUID) -> str:
    return (await get_note(session, note_id)).text


@router.post("/written-while-reading")
async def write_while_reading(session: OwnReadSession) -> None:
    session.add(Note(text="no"))
    await session.flush()


@router.put("/profiles/mine")
async def write_profile(
    user: CurrentUser, session: OwnSession, name: Annotated[str, Body()]
) -> None:
    statement = insert(Profile).values(owner_id=user.id, name=name)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[Profile.owner_id], set_={"name": name})
    )


@router.get("/profiles/mine")
async def read_profile(session: OwnReadSession) -> str | None:
    name: str | None = await session.scalar(select(Profile.name))
    return name
