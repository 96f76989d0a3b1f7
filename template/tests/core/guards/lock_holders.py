"""Processes that hold locks, for tests of where these are kept."""

import asyncio
import json
import signal
from collections.abc import Mapping
from pathlib import Path

from app.core.guards import LockUnavailable, lock
from tests.processes import Program, running

HOLDER = """
import asyncio, json, sys
from app.core.guards import LockLost, lock
from app.main import create_app

async def hold():
    app = create_app()
    async with app.router.lifespan_context(app):
        try:
            async with lock("probe", ttl=float(sys.argv[1])) as held:
                print(json.dumps(held.fencing_token), flush=True)
                await asyncio.sleep(60)
        except LockLost:
            print(json.dumps("lost"), flush=True)

asyncio.run(hold())
"""

WORKER = """
import asyncio, os, sys
from pathlib import Path
from app.core.guards import lock
from app.main import create_app

WORKERS = 3
journal, rounds = Path(sys.argv[1]), int(sys.argv[2])

def note(text):
    with journal.open("a") as lines:
        lines.write(f"{text}\\n")

async def work():
    app = create_app()
    async with app.router.lifespan_context(app):
        (journal.parent / f"ready-{os.getpid()}").touch()
        while len(list(journal.parent.glob("ready-*"))) < WORKERS:
            await asyncio.sleep(0.01)
        for _ in range(rounds):
            async with lock("probe", ttl=5, wait=30) as held:
                note(f"in {os.getpid()} {held.fencing_token}")
                await asyncio.sleep(0.005)
                note(f"out {os.getpid()} {held.fencing_token}")

asyncio.run(work())
"""


def read_message(process: Program) -> int | str:
    """Return the next message of a holder: its fencing token, or "lost"."""
    message: int | str = json.loads(process.stdout.readline())
    return message


async def take_within(seconds: float) -> int:
    """Return the fencing token of a lock that becomes free in time."""
    async with lock("probe", ttl=5, wait=seconds) as held:
        return held.fencing_token


async def is_taken() -> bool:
    """Return whether the lock is held."""
    try:
        async with lock("probe", ttl=5):
            return False
    except LockUnavailable:
        return True


async def check_that_one_at_a_time_works(folder: Path, environment: Mapping[str, str]) -> None:
    """Let three processes contend for a lock, and look who was in when."""
    journal = folder / "journal"
    arguments = (str(journal), "20")
    with (
        running(WORKER, *arguments, environment=environment) as one,
        running(WORKER, *arguments, environment=environment) as two,
        running(WORKER, *arguments, environment=environment) as three,
    ):
        ended = [await asyncio.to_thread(process.wait) for process in (one, two, three)]
    assert ended == [0, 0, 0]
    lines = [line.split(" ", 1) for line in journal.read_text().splitlines()]
    assert [step for step, _ in lines] == ["in", "out"] * 60
    assert all(lines[n][1] == lines[n + 1][1] for n in range(0, 120, 2))
    fences = [int(line.split()[1]) for _, line in lines[::2]]
    assert fences == sorted(set(fences))


async def check_that_it_survives_a_killed_holder(environment: Mapping[str, str]) -> None:
    """Kill a holder: the lock comes free, and the next fence is higher."""
    with running(HOLDER, "2", environment=environment) as holder:
        fence = read_message(holder)
        assert isinstance(fence, int)
        assert await is_taken()
        holder.kill()
        assert await take_within(30) > fence


async def check_that_a_frozen_holder_loses_it(environment: Mapping[str, str]) -> None:
    """Freeze a holder: the lock expires, and the holder notices when it wakes."""
    with running(HOLDER, "1", environment=environment) as holder:
        fence = read_message(holder)
        assert isinstance(fence, int)
        holder.send_signal(signal.SIGSTOP)
        assert await take_within(30) > fence
        holder.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(read_message, holder) == "lost"


async def check_that_it_is_renewed(ttl: float) -> None:
    """Hold a lock for longer than its time to live."""
    async with lock("probe", ttl=ttl):
        await asyncio.sleep(ttl * 1.5)
        assert await is_taken()
