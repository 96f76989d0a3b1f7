"""Apply events that are kept once more: `make paddle-replay`, or `make paddle-replay id=evt_…`.

    python -m app.integrations.paddle.replay [EVENT_ID]

Without an id, all of them, such as after a fault in how they are applied was mended. Whatever is
newer stays as it is, so this can be run at any time and as often as you like.

Exit status: 0 done; 1 some could not be applied, or there is no such event; the log says which.
"""

import asyncio
import sys
from collections import Counter
from typing import cast

import structlog
from sqlalchemy import select

from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, ReadSessionLocal, open_database
from app.core.logging import configure_logging
from app.integrations.paddle.events import replay_event
from app.integrations.paddle.models import PaddleEvent
from app.settings import Settings

AT_ONCE = 100

log = structlog.get_logger()


async def replay(event_id: str | None = None) -> Counter[str]:
    """Apply all events, or one, each in a transaction of its own; few are in memory at a time.

    Returns:
        How many were `applied`, were `kept` since nothing is done with them, and `failed`.
    """
    done, after = Counter(applied=0, kept=0, failed=0), ""
    while ids := await _find_ids(event_id, after=after):
        for found in ids:
            done[await _replay_one(found)] += 1
        after = ids[-1]
    return done


async def _find_ids(event_id: str | None, *, after: str) -> list[str]:
    wanted = select(PaddleEvent.event_id).where(PaddleEvent.event_id > after)
    if event_id is not None:
        wanted = wanted.where(PaddleEvent.event_id == event_id)
    async with ReadSessionLocal() as session:
        return list(await session.scalars(wanted.order_by(PaddleEvent.event_id).limit(AT_ONCE)))


async def _replay_one(event_id: str) -> str:
    try:
        async with AsyncSessionLocal.begin() as session:
            kept = await session.get_one(PaddleEvent, event_id, with_for_update=True)
            is_applied = await replay_event(session, kept)
    except Exception:
        log.exception("paddle_event_failed", event_id=event_id)
        return "failed"
    return "applied" if is_applied else "kept"


async def _replay_in(settings: Settings, event_id: str | None) -> Counter[str]:
    async with open_database(settings):
        return await replay(event_id)


def main(arguments: list[str]) -> int:
    """Replay what the command line names, and return the exit status."""
    settings = cast("Settings", load_settings([Settings])[Settings])
    configure_logging(settings)
    event_id = arguments[0] if arguments else None
    done = asyncio.run(_replay_in(settings, event_id))
    log.info("paddle_replayed", **done)
    if event_id and not done.total():
        log.error("paddle_event_type_unknown", event_id=event_id)
        return 1
    return 1 if done["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
