"""The rules of wishes."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import ALL_OWNERS, owned_by
from app.core.errors import NotFound
from app.features.missing_owner_filter.models import Wish


class WishNotFound(NotFound):
    """The user has no wish with this id."""

    code = "wish_not_found"
    message = "You have no wish with this id."


async def get_wish(session: AsyncSession, wish_id: UUID) -> Wish:
    """Return a wish, in the session of its owner.

    Raises:
        WishNotFound: There is none with this id.
    """
    return _present(await session.scalar(select(Wish).where(Wish.id == wish_id)))


async def get_wish_of(session: AsyncSession, wish_id: UUID, *, owner_id: UUID) -> Wish:
    """Return a wish of a user.

    Raises:
        WishNotFound: There is none with this id.
    """
    wanted = select(Wish).where(Wish.id == wish_id)
    return _present(await session.scalar(wanted.options(owned_by(owner_id))))


async def get_any_wish(session: AsyncSession, wish_id: UUID) -> Wish:
    """Return a wish of whomever.

    Raises:
        WishNotFound: There is none with this id.
    """
    wanted = select(Wish).where(Wish.id == wish_id)
    return _present(await session.scalar(wanted.options(ALL_OWNERS)))


def _present(wish: Wish | None) -> Wish:
    if wish is None:
        raise WishNotFound
    return wish
