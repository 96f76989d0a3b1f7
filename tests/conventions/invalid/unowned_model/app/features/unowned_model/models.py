"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.core.db import Base, UuidKey


class Diary(Base):
    """A private note of a user."""

    __tablename__ = "unowned_model_diaries"

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(  # violates: unowned-model
        ForeignKey(User.id, ondelete="CASCADE"), index=True
    )


class Mood(Base):
    """The mood of a user on a day: a user has many."""

    __tablename__ = "unowned_model_moods"

    user_id: Mapped[UUID] = mapped_column(  # violates: unowned-model
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
