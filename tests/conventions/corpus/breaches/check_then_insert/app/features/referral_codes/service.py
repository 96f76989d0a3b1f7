"""Services of referral codes."""

from secrets import choice
from string import ascii_uppercase
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import OwnerSession
from app.core.api import normalized_email
from app.features.referral_codes.errors import NoReferralCode, ReferralUsed
from app.features.referral_codes.models import ReferralCode, ReferralUse


async def get_code(session: OwnerSession) -> ReferralCode:
    """Return the code of the user.

    Raises:
        NoReferralCode: The user has none.
    """
    code: ReferralCode | None = await session.scalar(select(ReferralCode))
    if code is None:
        raise NoReferralCode
    return code


async def ensure_code(session: OwnerSession) -> ReferralCode:
    """Return the code of the user, and create it if there is none."""
    try:
        return await get_code(session)
    except NoReferralCode:
        code = ReferralCode(code=_draw())
        session.add(code)  # breach: check-then-insert
        await session.flush()
        return code


def _draw() -> str:
    return "".join(choice(ascii_uppercase) for _ in range(12))


class Referrals:
    """The uses of codes, in the transaction of one request."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the transaction of the request."""
        self._session = session
        self._known: set[str] = set()

    async def load(self, code_id: UUID) -> None:
        """Read who has used a code."""
        used = select(ReferralUse.email_key).where(ReferralUse.code_id == code_id).limit(1000)
        self._known.update(await self._session.scalars(used))

    async def use(self, code_id: UUID, email: str) -> None:
        """Use a code for a friend.

        Raises:
            ReferralUsed: The friend has used it before.
        """
        await self.load(code_id)
        key = normalized_email(email)
        match key in self._known:
            case True:
                raise ReferralUsed
            case False:
                # breach: check-then-insert
                self._insert(ReferralUse(code_id=code_id, email_key=key))

    def _insert(self, use: ReferralUse) -> None:
        self._session.add(use)
