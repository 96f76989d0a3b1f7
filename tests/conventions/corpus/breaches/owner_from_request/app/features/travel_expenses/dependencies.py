"""Dependencies of expenses."""

from typing import Annotated
from uuid import UUID

from fastapi import Cookie, Depends, Header

from app.accounts.owned import OwnerSession, limit_to_owner
from app.core.db import ReadSession


# breach: owner-from-request
async def get_claimant_session(
    session: ReadSession,
    x_employee_id: Annotated[UUID, Header(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])],
) -> OwnerSession:
    """Return a session that is limited to the claimant's expenses."""
    return limit_to_owner(session, x_employee_id)


class TravelDesk:
    """The desk that acts for a traveller."""

    def __init__(
        self,
        session: ReadSession,
        traveller: Annotated[UUID | None, Cookie()] = None,  # breach: owner-from-request
    ) -> None:
        """Take the session and the traveller."""
        self.session = limit_to_owner(session, traveller) if traveller else None


ClaimantSession = Annotated[OwnerSession, Depends(get_claimant_session)]
