"""List dead letters, the jobs that failed for good, or requeue them.

    python -m app.commands.dead_letters list [--limit 100]
    python -m app.commands.dead_letters retry ID
    python -m app.commands.dead_letters retry all

Exit status: 0 done; 1 no such job; 2 invalid command line.
"""

import argparse
import sys
from collections.abc import Sequence
from uuid import UUID

from app.core.db import AsyncSessionLocal
from app.core.jobs.models import QueuedJob
from app.core.jobs.queue import find_dead, requeue
from app.core.runtime import run_command

DONE, NO_SUCH_JOB = 0, 1
MAX_LISTED = 1000


async def list_dead(limit: int) -> int:
    """Print the dead letters, oldest first, and return the exit status."""
    async with AsyncSessionLocal() as session:
        lines = [_describe(job) for job in await find_dead(session, limit=limit)]
    sys.stdout.write("".join(lines) or "There are no dead letters.\n")
    return DONE


async def retry(job_id: UUID | None) -> int:
    """Requeue one dead letter, or all of them, and return the exit status."""
    async with AsyncSessionLocal.begin() as session:
        count = await requeue(session, only=job_id)
    sys.stdout.write(f"Requeued: {count}.\n")
    return DONE if count or job_id is None else NO_SUCH_JOB


def _describe(job: QueuedJob) -> str:
    died = f"{job.due_at:%Y-%m-%d %H:%M:%S}Z"
    return f"{job.id}  {job.name}  attempts={job.attempts}  {died}  {job.error}\n"


def _limit(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MAX_LISTED:
        raise ValueError(text)
    return number


def _job_id(text: str) -> UUID | None:
    return None if text == "all" else UUID(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run it, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m app.commands.dead_letters",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="list the dead letters")
    listing.add_argument("--limit", type=_limit, default=100, help=f"1 to {MAX_LISTED}")
    retrying = commands.add_parser("retry", help="requeue dead letters")
    retrying.add_argument("job", type=_job_id, help="the id of a job, or all")
    options = parser.parse_args(arguments)
    if options.command == "list":
        return run_command(lambda: list_dead(options.limit))
    return run_command(lambda: retry(options.job))


if __name__ == "__main__":
    sys.exit(main())
