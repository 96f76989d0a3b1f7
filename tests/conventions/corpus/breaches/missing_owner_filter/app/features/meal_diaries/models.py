"""Tables: diaries of meals, and photos in them."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.owned import Owned
from app.core.db import Base, CreatedAt, UuidKey


class MealDiary(Owned, Base):
    """A diary of one person's meals."""

    __tablename__ = "meal_diaries"

    id: Mapped[UuidKey]
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]


class MealPhoto(Base):
    """A photo in a diary, which belongs to the owner of the diary."""

    __tablename__ = "meal_photos"

    id: Mapped[UuidKey]
    diary_id: Mapped[UUID] = mapped_column(ForeignKey(MealDiary.id, ondelete="CASCADE"), index=True)
    caption: Mapped[str] = mapped_column(String(200))
