"""List the jobs that were given up, or have them tried again.

    python -m app.commands.dead_letters list [--limit 100]
    python -m app.commands.dead_letters retry ID
    python -m app.commands.dead_letters retry all

Exit status: 0 done; 1 there is no such job; 2 the command line is wrong.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import cast
from uuid import UUID

from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, open_database
from app.core.jobs.models import QueuedJob
from app.core.jobs.queue import find_dead, requeue
from app.settings import Settings

DONE, NO_SUCH_JOB = 0, 1
MOST_LISTED = 1000


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    async with open_database(settings), AsyncSessionLocal.begin() as session:
        if options.command == "list":
            lines = [_describe(job) for job in await find_dead(session, limit=options.limit)]
            sys.stdout.write("".join(lines) or "No job was given up.\n")
            return DONE
        count = await requeue(session, only=options.job)
    sys.stdout.write(f"Tried again: {count}.\n")
    return DONE if count or options.job is None else NO_SUCH_JOB


def _describe(job: QueuedJob) -> str:
    died = f"{job.due_at:%Y-%m-%d %H:%M:%S}Z"
    return f"{job.id}  {job.name}  attempts={job.attempts}  {died}  {job.error}\n"


def _limit(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_LISTED:
        raise ValueError(text)
    return number


def _job_id(text: str) -> UUID | None:
    return None if text == "all" else UUID(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, do it, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m app.commands.dead_letters",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="list the jobs that were given up")
    listing.add_argument("--limit", type=_limit, default=100, help=f"1 to {MOST_LISTED}")
    retrying = commands.add_parser("retry", help="have them tried again")
    retrying.add_argument("job", type=_job_id, help="the job's id, or all")
    options = parser.parse_args(arguments)
    settings = cast("Settings", load_settings([Settings])[Settings])
    return asyncio.run(_run(settings, options))


if __name__ == "__main__":
    sys.exit(main())
