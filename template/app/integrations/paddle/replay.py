"""Apply stored events again: `make paddle-replay`, or `make paddle-replay id=evt_…` for one.

    python -m app.integrations.paddle.replay [EVENT_ID]

Run it after a fix in how events are applied. Newer data is never overwritten, so it is safe to
repeat, and to run beside the service.

Exit status: 0 done; 1 some events could not be applied, or the event does not exist; see the log.
"""

import sys
from collections import Counter
from functools import partial

import structlog
from sqlalchemy import select

from app.accounts.settings import AccountSettings
from app.core.db import AsyncSessionLocal, ReadSessionLocal
from app.core.runtime import run_command
from app.integrations.paddle.events import replay_event
from app.integrations.paddle.models import PaddleEvent
from app.integrations.paddle.settings import PaddleSettings

PAGE_ROWS = 100

log = structlog.get_logger()


async def replay(event_id: str | None = None) -> Counter[str]:
    """Apply all events, or one, each in its own transaction.

    Returns:
        The numbers of events that were `applied`, `kept` since their type has no effect, or
        `failed`.
    """
    counts, last = Counter(applied=0, kept=0, failed=0), ""
    while ids := await _list_ids(event_id, after=last):
        for found in ids:
            counts[await _replay_one(found)] += 1
        last = ids[-1]
    return counts


async def _list_ids(event_id: str | None, *, after: str) -> list[str]:
    ids = select(PaddleEvent.event_id).where(PaddleEvent.event_id > after)
    if event_id is not None:
        ids = ids.where(PaddleEvent.event_id == event_id)
    async with ReadSessionLocal() as session:
        return list(await session.scalars(ids.order_by(PaddleEvent.event_id).limit(PAGE_ROWS)))


async def _replay_one(event_id: str) -> str:
    try:
        async with AsyncSessionLocal.begin() as session:
            stored = await session.get_one(PaddleEvent, event_id, with_for_update=True)
            is_applied = await replay_event(session, stored)
    except Exception:
        log.exception("paddle_event_failed", event_id=event_id)
        return "failed"
    return "applied" if is_applied else "kept"


def main(arguments: list[str]) -> int:
    """Replay the event of the command line, or all, and return the exit status."""
    event_id = arguments[0] if arguments else None
    counts = run_command(partial(replay, event_id), PaddleSettings, optional=[AccountSettings])
    log.info("paddle_replayed", **counts)
    if event_id and not counts.total():
        log.error("paddle_event_not_found", event_id=event_id)
        return 1
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
