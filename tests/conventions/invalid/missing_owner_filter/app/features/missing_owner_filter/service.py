"""The rules of wishes."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS
from app.core.errors import NotFound
from app.features.missing_owner_filter.models import Wish


class WishNotFound(NotFound):
    """The user has no wish with this id."""

    code = "wish_not_found"
    message = "You have no wish with this id."


async def get_wish(session: AsyncSession, wish_id: UUID) -> Wish:
    """Return a wish.

    Raises:
        WishNotFound: There is none with this id.
    """
    wanted = select(Wish).where(Wish.id == wish_id)  # violates: missing-owner-filter
    wish = await session.scalar(wanted.options(ALL_OWNERS))
    if wish is None:
        raise WishNotFound
    return wish
