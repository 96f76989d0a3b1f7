"""Put a whole service under load, break its parts one after the other, and compare: `make chaos`.

SHORT=1 breaks seven parts in less than a minute. SERVICE=folder tests a service that is installed
already; ONLY=words breaks the parts that have these words in their names; JSON=file writes the
table there.
"""

import asyncio
import json
import os
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

import asyncpg

from proof.chaos.checks import CHECKS
from proof.chaos.crowd import SYMBOL, User, make_crowd
from proof.chaos.faults import FAULTS, SHORT, Fault, Scene, name_of
from proof.chaos.ledger import AFTERWARDS, Ledger
from proof.chaos.mailbox import Mailbox
from proof.chaos.truth import read_truth, wait_for_jobs
from proof.service import RunningService, rendered_service, running_service

SHOWN = 30
POLL_SECONDS = 0.1
SECONDS_TO_RECOVER = 60
SECONDS_TO_FINISH = 60
TICKER = (
    "INSERT INTO symbols (id, ticker, name, currency) VALUES (gen_random_uuid(), $1, $1, 'USD')"
)


@dataclass(frozen=True)
class Plan:
    """The size of a run.

    Attributes:
        faults: The faults, in their order.
        clients: The number of users at a time.
        fault_seconds: How long each fault lasts.
        quiet_seconds: How long the load goes on between two faults.
        job_seconds: How long jobs may take after the last one.
    """

    faults: tuple[Fault, ...]
    clients: int = 20
    fault_seconds: float = 4
    quiet_seconds: float = 4
    job_seconds: float = 150


FULL = Plan(FAULTS)
QUICK = Plan(SHORT, clients=12, fault_seconds=1, quiet_seconds=0.5, job_seconds=5)


def main() -> int:
    """Run, print the table, and return 1 if anything is wrong."""
    folder, words = os.environ.get("SERVICE"), os.environ.get("ONLY", "")
    plan = QUICK if os.environ.get("SHORT") else FULL
    plan = Plan(**vars(plan) | {"faults": tuple(f for f in plan.faults if words in name_of(f))})
    with ExitStack() as stack:
        service = Path(folder) if folder else stack.enter_context(rendered_service())
        ledger = asyncio.run(break_parts(stack.enter_context(running_service(service)), plan))
    if target := os.environ.get("JSON"):
        Path(target).write_text(json.dumps(describe(ledger), indent=2), "utf-8")
    return summarize(ledger)


async def break_parts(service: RunningService, plan: Plan) -> Ledger:
    """Put load on a running service, break its parts, and return the ledger with all findings."""
    await _add_symbol(service)
    ledger, mailbox = Ledger(), Mailbox(service)
    crowd = make_crowd(service, ledger, mailbox, size=plan.clients)
    reading = asyncio.create_task(mailbox.refresh())
    living = [asyncio.create_task(user.live()) for user in crowd]
    for user in crowd:
        await user.has_joined.wait()
    for fault in plan.faults:
        await _break(Scene(service, crowd), fault, ledger, plan)
    ledger.begin(AFTERWARDS)
    await _finish(crowd, living)
    reading.cancel()
    await wait_for_jobs(service, seconds=plan.job_seconds)
    truth = await read_truth(service, ledger)
    for check in CHECKS:
        check(truth)
    return ledger


async def _add_symbol(service: RunningService) -> None:
    connection = await asyncpg.connect(service.database_url)
    await connection.execute(TICKER, SYMBOL)
    await connection.close()


async def _break(scene: Scene, fault: Fault, ledger: Ledger, plan: Plan) -> None:
    """Break a part for a while, repair it, and wait until the service works again."""
    name = name_of(fault)
    ledger.begin(name)
    async with fault(scene):
        await asyncio.sleep(plan.fault_seconds)
        ledger.ended_at[name] = monotonic()
    deadline = monotonic() + SECONDS_TO_RECOVER
    await asyncio.sleep(plan.quiet_seconds)
    while ledger.row(name)["recovery"] is None and monotonic() < deadline:  # noqa: ASYNC110 - not an event
        await asyncio.sleep(POLL_SECONDS)
    show(ledger.row(name))


async def _finish(crowd: list[User], living: list[asyncio.Task[None]]) -> None:
    """Let users finish their actions, then close their connections."""
    for user in crowd:
        user.client.closing.set()
    await asyncio.wait(living, timeout=SECONDS_TO_FINISH)
    for user in crowd:
        user.client.stopping.set()
    await asyncio.gather(*living)
    for user in crowd:
        await user.client.http.aclose()


def describe(ledger: Ledger) -> dict[str, object]:
    """Return the table and the findings, for JSON."""
    rows = [ledger.row(phase) for phase in ledger.order]
    findings = [asdict(finding) for finding in ledger.findings]
    return {"rows": rows, "findings": findings, "broken": ledger.broken}


def show(row: dict[str, float | str | None]) -> None:
    """Print a line of the table."""
    print("".join(_cell(name, row[name]) for name in row), flush=True)


def summarize(ledger: Ledger) -> int:
    """Print the whole table and the findings, and return the exit status."""
    rows = [ledger.row(phase) for phase in ledger.order]
    print("\n" + "".join(_cell(name, name) for name in rows[0]))
    for row in rows:
        show(row)
    for finding in ledger.findings[:SHOWN]:
        print(f"{finding.column}, {finding.phase}: {finding.text}")
    if len(ledger.findings) > SHOWN:
        print(f"and {len(ledger.findings) - SHOWN} more")
    writes = sum(write.acknowledged for write in ledger.writes)
    print(f"\n{writes:,} acknowledged writes, {len(ledger.findings)} findings.")
    return 1 if ledger.findings else 0


def _cell(name: str, value: float | str | None) -> str:
    if name == "fault":
        return f"{value:28}"
    return f"{'-' if value is None else value:>13}"


if __name__ == "__main__":
    sys.exit(main())
