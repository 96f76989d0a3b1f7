"""Endpoints of loan desks."""

from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import ReadSession, ReadSessionLocal
from app.features.loan_desks.desk import DISPLAY, Desk, count_waiting

router = Router(prefix=f"{API_V1}/loan-desks", tags=["loans"])


class WaitingOut(ResponseModel):
    """The number of applications that wait."""

    waiting: int = Field(examples=[12])


@lru_cache(maxsize=8)
def desk_session(branch: str) -> AsyncSession:
    """Return the session of a branch."""
    session = ReadSessionLocal()  # breach: session-kept
    session.info["branch"] = branch
    return session


async def get_branch_session(
    x_branch: Annotated[str, Header(max_length=12)] = "main",
) -> AsyncSession:
    """Return the session of the branch that the request comes from."""
    return desk_session(x_branch)


@router.get("/waiting", response_model=Envelope[WaitingOut], responses=errors(InsufficientRole))
async def read_waiting(
    _: Admin, session: Annotated[AsyncSession, Depends(get_branch_session)]
) -> DataResponse[WaitingOut]:
    """Return the number of applications that wait. Administrators only."""
    return DataResponse(WaitingOut(waiting=await count_waiting(session)))


@router.get("/display", response_model=Envelope[WaitingOut], responses=errors(InsufficientRole))
async def read_display(
    user: Admin, request: Request, session: ReadSession
) -> DataResponse[WaitingOut]:
    """Return the number on the display. Administrators only."""
    DISPLAY.connect(session)
    request.app.state.desk_session = session  # breach: session-kept
    own = await Desk.use(session)(str(user.id)).amount()
    return DataResponse(WaitingOut(waiting=own + await DISPLAY.number()))
