"""The relay: takes due messages, publishes them, and deletes those that the bus has."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.stdlib import BoundLogger

from app.core.db import AsyncSessionLocal
from app.core.http import HttpClient, UpstreamError, UpstreamUnavailable
from app.features.outbox_relay.models import OutboxMessage
from app.features.outbox_relay.settings import RelaySettings

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 60, 3600
MAX_ATTEMPTS = 12

log: BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LeasedMessage:
    """A message that no other relay takes until its lease has ended."""

    id: UUID
    topic: str
    body: dict[str, Any]
    attempts: int


def write_message(session: AsyncSession, topic: str, body: dict[str, Any]) -> None:
    """Write a message in the transaction of its event."""
    session.add(OutboxMessage(topic=topic, body=body, due_at=datetime.now(UTC)))


class Relay:
    """Publishes the messages of the outbox until it is stopped."""

    def __init__(self, client: HttpClient, settings: RelaySettings) -> None:
        """Take the connection to the bus."""
        self._client = client
        self._settings = settings
        self._log = log.bind(bus=client.name)
        self._stopped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to publish in the background."""
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        """Cancel the background task and wait until it has ended."""
        self._stopped.set()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                published = await self._publish_round()
            except (SQLAlchemyError, OSError) as error:
                self._log.warning("outbox_unreadable", error=type(error).__name__)
                published = 0
            except Exception:
                self._log.exception("outbox_round_failed")
                published = 0
            if published < self._settings.bus_messages_at_once:
                with suppress(TimeoutError):
                    await asyncio.wait_for(
                        self._stopped.wait(), timeout=self._settings.bus_poll_seconds
                    )

    async def _publish_round(self) -> int:
        """Publish the due messages at most once each, and return the number that the bus has."""
        messages = await _lease_messages(self._settings.bus_messages_at_once)
        outcomes = await asyncio.gather(*(self._publish(message) for message in messages))
        published = [one.id for one, is_done in zip(messages, outcomes, strict=True) if is_done]
        await _delete_messages(published)
        return len(published)

    async def _publish(self, message: LeasedMessage) -> bool:
        """Return whether the bus has the message; the id makes a second sending harmless."""
        try:
            response = await self._client.request(
                "POST",
                f"/topics/{message.topic}/messages",
                json=message.body,
                idempotency_key=str(message.id),
            )
        except (UpstreamError, UpstreamUnavailable) as error:
            self._log.info("message_postponed", message_id=str(message.id), error=repr(error))
            is_published = False
        else:
            is_published = response.is_success
        if not is_published and message.attempts == MAX_ATTEMPTS:
            self._log.error("message_given_up", message_id=str(message.id), topic=message.topic)
        return is_published


async def _lease_messages(limit: int) -> list[LeasedMessage]:
    """Return due messages; each is due again after a pause, `MAX_ATTEMPTS` times at most."""
    seconds = func.least(
        FIRST_PAUSE_SECONDS * func.power(2, OutboxMessage.attempts), LONGEST_PAUSE_SECONDS
    )
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.due_at <= func.now(), OutboxMessage.attempts < MAX_ATTEMPTS)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leased = (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(due))
        .values(
            attempts=OutboxMessage.attempts + 1,
            due_at=func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds),
        )
        .returning(
            OutboxMessage.id, OutboxMessage.topic, OutboxMessage.body, OutboxMessage.attempts
        )
    )
    async with AsyncSessionLocal.begin() as session:
        return [LeasedMessage(*row) for row in await session.execute(leased)]


async def _delete_messages(ids: Sequence[UUID]) -> None:
    if not ids:
        return
    async with AsyncSessionLocal() as session:
        await session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(ids)))
        await session.commit()
