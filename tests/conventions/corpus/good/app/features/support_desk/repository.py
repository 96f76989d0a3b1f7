"""The tickets in the database: a repository is made for each request, on its session."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.owned import ALL_OWNERS, OwnerSession, OwnReadSession, OwnSession
from app.core.api import Page, paginate
from app.core.db import Session
from app.features.support_desk.errors import TicketClosed, TicketNotFound
from app.features.support_desk.models import (
    SupportLabel,
    SupportReply,
    SupportTicket,
    ticket_labels,
)
from app.features.support_desk.schemas import TicketQuery

_WITH_PARTS = (selectinload(SupportTicket.labels), joinedload(SupportTicket.assignee))
_TICKETS = select(SupportTicket).options(*_WITH_PARTS)


class TicketRepository:
    """The tickets that a user has opened."""

    def __init__(self, session: OwnerSession) -> None:
        """Take the session of the request, which the request closes."""
        self._session = session
        self._get = partial(self._first, _TICKETS)

    async def page(self, query: TicketQuery, *, owner_id: UUID) -> Page[SupportTicket]:
        """Return one page of tickets with labels and agents, in two statements."""
        return await paginate(self._session, _TICKETS, query, scope=str(owner_id))

    async def get(self, ticket_id: UUID) -> SupportTicket:
        """Return one ticket.

        Raises:
            TicketNotFound: The user has none with this id.
        """
        return await self._get(ticket_id)

    async def open(self, subject: str, words: Iterable[str]) -> SupportTicket:
        """Store a ticket under the labels that exist."""
        known = select(SupportLabel).where(SupportLabel.word.in_(sorted(set(words))))
        ticket = SupportTicket(
            subject=subject, labels=list(await self._session.scalars(known)), assignee=None
        )
        self._session.add(ticket)
        await self._session.flush()
        return ticket

    async def reply(self, ticket_id: UUID, text: str, *, author_id: UUID) -> SupportReply:
        """Add a reply to a ticket that stays open until the commit.

        Raises:
            TicketClosed: The ticket is closed.
            TicketNotFound: The user has none with this id.
        """
        ticket = await self._first(select(SupportTicket).with_for_update(), ticket_id)
        if ticket.closed_at is not None:
            raise TicketClosed
        reply = SupportReply(author_id=author_id, text=text)
        ticket.replies.add(reply)
        await self._session.flush()
        return reply

    async def has_open(self) -> bool:
        """Return whether the user has a ticket that is not closed."""
        is_open = select(SupportTicket.id).where(SupportTicket.closed_at.is_(None))
        return bool(await self._session.scalar(select(exists(is_open))))

    async def _first(self, statement: Select[SupportTicket], ticket_id: UUID) -> SupportTicket:
        found = await self._session.scalars(statement.where(SupportTicket.id == ticket_id))
        ticket = found.one_or_none()
        if ticket is None:
            raise TicketNotFound
        return ticket


class Desk:
    """The tickets of all users, as agents see them."""

    def __init__(self, session: Session) -> None:
        """Take the session of the request; FastAPI calls this."""
        self._session = session

    async def close(self, ids: Sequence[UUID]) -> list[UUID]:
        """Close those of the tickets that are open, in one statement, and return their ids."""
        closed = (
            update(SupportTicket)
            .where(SupportTicket.id.in_(ids), SupportTicket.closed_at.is_(None))
            .values(closed_at=datetime.now(UTC))
            .returning(SupportTicket.id)
            .options(ALL_OWNERS)
        )
        return list(await self._session.scalars(closed))

    async def label(self, ids: Sequence[UUID], label: SupportLabel) -> None:
        """Give tickets a label; those that have it stay as they are."""
        rows = [{"ticket_id": ticket_id, "label_id": label.id} for ticket_id in ids]
        await self._session.execute(insert(ticket_labels).on_conflict_do_nothing(), rows)

    async def open_by_agent(self) -> dict[UUID, int]:
        """Return the number of open tickets of each agent."""
        counts = (
            select(SupportTicket.assignee_id, func.count())
            .where(SupportTicket.closed_at.is_(None), SupportTicket.assignee_id.is_not(None))
            .group_by(SupportTicket.assignee_id)
            .options(ALL_OWNERS)
        )
        rows = await self._session.execute(counts)
        return {agent: number for agent, number in rows if agent is not None}


async def own_tickets(session: OwnSession) -> TicketRepository:
    """Return the repository of a request that changes tickets."""
    return TicketRepository(session)


async def own_tickets_to_read(session: OwnReadSession) -> TicketRepository:
    """Return the repository of a request that only reads."""
    return TicketRepository(session)


Tickets = Annotated[TicketRepository, Depends(own_tickets)]
ReadTickets = Annotated[TicketRepository, Depends(own_tickets_to_read)]
SupportDesk = Annotated[Desk, Depends(Desk)]
