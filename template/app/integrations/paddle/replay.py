"""Apply events that are kept once more: `make paddle-replay`, or `make paddle-replay id=evt_…`.

    python -m app.integrations.paddle.replay [EVENT_ID]

Without an id, all of them, such as after a fault in how they are applied was mended. Whatever is
newer stays as it is, so this can be run at any time and as often as you like.

Exit status: 0 done; 1 some could not be applied, or there is no such event; the log says which.
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import cast

import structlog
from sqlalchemy import select

from app.core.configuration import load_configuration
from app.core.database import AsyncSessionLocal, ReadSessionLocal, open_database
from app.core.logging import configure_logging
from app.integrations.paddle.events import replay_event
from app.integrations.paddle.models import PaddleEvent
from app.settings import Settings

AT_ONCE = 100

log = structlog.get_logger()


@dataclass(slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        applied: Events that were applied.
        kept: Events of types that nothing is done with.
        failed: Events that could not be applied.
    """

    applied: int = 0
    kept: int = 0
    failed: int = 0


async def replay(event_id: str | None = None) -> Replayed:
    """Apply all events, or one, each in a transaction of its own; few are in memory at a time."""
    done, after = Replayed(), ""
    while ids := await _find_ids(event_id, after=after):
        for found in ids:
            await _replay_one(found, done)
        after = ids[-1]
    return done


async def _find_ids(event_id: str | None, *, after: str) -> list[str]:
    wanted = select(PaddleEvent.event_id).where(PaddleEvent.event_id > after)
    if event_id is not None:
        wanted = wanted.where(PaddleEvent.event_id == event_id)
    async with ReadSessionLocal() as session:
        return list(await session.scalars(wanted.order_by(PaddleEvent.event_id).limit(AT_ONCE)))


async def _replay_one(event_id: str, done: Replayed) -> None:
    try:
        async with AsyncSessionLocal.begin() as session:
            kept = await session.get_one(PaddleEvent, event_id, with_for_update=True)
            is_applied = await replay_event(session, kept)
    except Exception:
        done.failed += 1
        log.exception("paddle_event_failed", event_id=event_id)
    else:
        done.applied += is_applied
        done.kept += not is_applied


async def _replay_in(settings: Settings, event_id: str | None) -> Replayed:
    async with open_database(settings):
        return await replay(event_id)


def main(arguments: list[str]) -> int:
    """Replay what the command line names, and return the exit status."""
    settings = cast("Settings", load_configuration([Settings])[Settings])
    configure_logging(settings)
    event_id = arguments[0] if arguments else None
    done = asyncio.run(_replay_in(settings, event_id))
    log.info("paddle_replayed", applied=done.applied, kept=done.kept, failed=done.failed)
    if event_id and not (done.applied or done.kept or done.failed):
        log.error("paddle_event_unknown", event_id=event_id)
        return 1
    return 1 if done.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
