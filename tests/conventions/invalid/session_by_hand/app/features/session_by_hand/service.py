"""The rules of letters."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.core.db import ReadSessionLocal
from app.core.errors import NotFound
from app.features.session_by_hand.models import Letter

engine = create_async_engine("postgresql+asyncpg://")  # violates: session-by-hand


class LetterNotFound(NotFound):
    """No letter has this id."""

    code = "letter_not_found"
    message = "There is no letter with this id."


class EmailRenderer:
    """The letters of every request."""

    def __init__(self) -> None:
        """Begin without a session."""
        self._session: AsyncSession | None = None

    def use(self, session: AsyncSession) -> None:
        """Take the session of a request, for all that follow."""
        self._session = session  # violates: session-by-hand


async def get_letter(letter_id: UUID) -> Letter:
    """Return a letter.

    Raises:
        LetterNotFound: There is none with this id.
    """
    async with ReadSessionLocal() as session:  # violates: session-by-hand
        letter = await session.get(Letter, letter_id)
    if letter is None:
        raise LetterNotFound
    return letter


async def copy_letter(session: AsyncSession, letter: Letter) -> None:
    """Store a letter once more."""
    async with ReadSessionLocal() as reading:  # violates: session-by-hand
        known = await reading.get(Letter, letter.id)
    if known is None:
        session.add(letter)
