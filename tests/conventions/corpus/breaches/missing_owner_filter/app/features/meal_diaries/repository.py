"""The repositories of diaries and photos."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS as EVERYONE
from app.core.db import Base
from app.features.meal_diaries.models import MealDiary, MealPhoto

ModelT = TypeVar("ModelT", bound=Base)


class Repository(Generic[ModelT]):
    """Rows of one model by their id."""

    model: type[ModelT]

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self.session = session

    def by_id(self, row_id: UUID) -> Select[ModelT]:
        """Select the row with an id."""
        key: Any = self.model.__table__.c.id
        return select(self.model).where(key == row_id)


class DiaryRepository(Repository[MealDiary]):
    """Diaries by their id."""

    model = MealDiary

    async def find(self, diary_id: UUID) -> MealDiary | None:
        """Return the diary with an id."""
        # breach: missing-owner-filter
        return await self.session.scalar(self.by_id(diary_id).options(EVERYONE))

    async def drop(self, diary_id: UUID) -> bool:
        """Delete a diary and return whether it existed."""
        # breach: missing-owner-filter
        statement = delete(MealDiary).where(MealDiary.id == diary_id)
        dropped = await self.session.scalar(statement.options(EVERYONE).returning(MealDiary.id))
        return dropped is not None


class PhotoRepository(Repository[MealPhoto]):
    """Photos by their id."""

    model = MealPhoto

    async def find(self, photo_id: UUID) -> MealPhoto | None:
        """Return the photo with an id."""
        return await self.session.scalar(self.by_id(photo_id))  # breach: missing-owner-filter


def counter(session: AsyncSession) -> Callable[[UUID], Awaitable[int]]:
    """Return a function that counts the photos of a diary."""

    async def count(diary_id: UUID) -> int:
        # breach: missing-owner-filter
        photos = select(func.count(MealPhoto.id)).join(MealDiary).options(EVERYONE)
        return await session.scalar(photos.where(MealDiary.id == diary_id)) or 0

    return count
