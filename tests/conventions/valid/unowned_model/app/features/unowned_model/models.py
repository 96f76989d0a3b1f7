"""Tables."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.owned import Owned
from app.core.db import Base, UuidKey


class Diary(Owned, Base):
    """A private note of a user."""

    __tablename__ = "unowned_model_diaries"

    id: Mapped[UuidKey]


class Article(Base):
    """A public post, which remains when its author is deleted."""

    __tablename__ = "unowned_model_articles"

    id: Mapped[UuidKey]
    author_id: Mapped[UUID | None] = mapped_column(
        ForeignKey(User.id, ondelete="SET NULL"), index=True
    )


class Profile(Base):
    """The only one of a user."""

    __tablename__ = "unowned_model_profiles"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
