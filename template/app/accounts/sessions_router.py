"""Endpoints of sessions: logging in and out."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.accounts.dependencies import CurrentUser
from app.accounts.devices import CurrentDevice
from app.accounts.errors import InvalidCredentials, PasswordQueueFull, SessionNotFound
from app.accounts.limits import PASSWORD
from app.accounts.schemas import LogIn, OpenedSessionOut, SessionOut, SessionQuery
from app.accounts.service import sessions
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session

sessions_router = Router(prefix=f"{API_V1}/sessions", tags=["sessions"])


@sessions_router.post(
    "",
    response_model=Envelope[OpenedSessionOut],
    status_code=201,
    dependencies=PASSWORD,
    responses=with_location(InvalidCredentials, PasswordQueueFull),
)
async def log_in(
    session: Session, given: LogIn, device: CurrentDevice, request: Request, response: Response
) -> DataResponse[sessions.OpenedSession]:
    """Log in. The token is not shown again; send it as `Authorization: Bearer`."""
    opened = await sessions.log_in(session, given, device)
    location = request.url_for("read_session", session_id=str(opened.id))
    response.headers["Location"] = location.path
    return DataResponse(opened)


@sessions_router.get("", response_model=PageEnvelope[SessionOut], responses=errors(InvalidCursor))
async def list_sessions(
    user: CurrentUser, session: ReadSession, query: Annotated[SessionQuery, Query()]
) -> Page[sessions.SessionRow]:
    """List your sessions, page by page."""
    return await sessions.list_sessions(session, user, query)


@sessions_router.get(
    "/current", response_model=Envelope[SessionOut], responses=errors(SessionNotFound)
)
async def read_current_session(
    user: CurrentUser, session: ReadSession
) -> DataResponse[sessions.SessionRow]:
    """Return the session that this request belongs to."""
    return DataResponse(await sessions.get_session(session, user, user.session_id))


@sessions_router.delete("/current", status_code=204, responses=errors(SessionNotFound))
async def log_out(user: CurrentUser, session: Session) -> None:
    """Log out: the token of this request becomes invalid."""
    await sessions.end_session(session, user, user.session_id)


@sessions_router.get(
    "/{session_id}", response_model=Envelope[SessionOut], responses=errors(SessionNotFound)
)
async def read_session(
    user: CurrentUser, session: ReadSession, session_id: UUID
) -> DataResponse[sessions.SessionRow]:
    """Return one of your sessions."""
    return DataResponse(await sessions.get_session(session, user, session_id))


@sessions_router.delete("/{session_id}", status_code=204, responses=errors(SessionNotFound))
async def end_session(user: CurrentUser, session: Session, session_id: UUID) -> None:
    """End one of your sessions."""
    await sessions.end_session(session, user, session_id)
