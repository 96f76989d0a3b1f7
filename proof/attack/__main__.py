"""Attack generated services, and print what held: `make attack`.

SHORT=1 attacks one service, without generated requests. SERVICE=folder attacks a service that is
installed already; ONLY=words runs the attacks that have these words in their names.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from proof.attack import contract
from proof.attack.plan import ATTACKS, Attack, gather_cast
from proof.attack.start import attacked
from proof.attack.target import Report, Target
from proof.attack.walk import Cast
from proof.processes import prepare
from proof.service import EVERYTHING, rendered_service
from scripts.rendering import service_environment

NOTHING = dict.fromkeys(("redis", "resend", "paddle", "blob"), False) | {"example": "none"}
STATES: tuple[Mapping[str, object], ...] = (
    EVERYTHING,
    NOTHING,
    {**NOTHING, "paddle": True, "example": "market_data"},
    {**NOTHING, "resend": True, "blob": True},
    {**EVERYTHING, "blob": False, "example": "none"},
    {**EVERYTHING, "resend": False, "paddle": False},
)
"""Every two switches meet in all four ways."""
SHOWN = 20


def main() -> int:
    """Attack the services, print tables, and return 1 if anything did not hold."""
    prepare()
    folder, is_short = os.environ.get("SERVICE"), bool(os.environ.get("SHORT"))
    examples = 0 if is_short else 50
    reports: list[Report] = []
    for answers in STATES[:1] if folder or is_short else STATES:
        print(f"\n{', '.join(f'{name}={value}' for name, value in answers.items())}")
        with ExitStack() as stack:
            service = Path(folder) if folder else stack.enter_context(rendered_service(answers))
            target = stack.enter_context(attacked(service, service_environment()))
            reports += asyncio.run(attack(target, [os.environ.get("ONLY", "")], examples=examples))
    return summarize(reports)


async def attack(target: Target, names: Sequence[str] = ("",), *, examples: int) -> list[Report]:
    """Run every attack that a service has the operations for, one after the other.

    Args:
        target: The service.
        names: Words in the names of the attacks to run.
        examples: The number of generated requests of each operation; 0 leaves that attack out.
    """
    preparation = Report("preparation")
    available = {operation.id for operation in target.operations()}
    chosen = [
        one
        for one in ATTACKS
        if any(words in one.name for words in names)
        and one.needs <= available
        and (examples or one.start is not contract.explore)
    ]
    async with target.client:
        cast = await gather_cast(target, preparation, examples=examples)
        return [preparation, *[await run(one, target, cast) for one in chosen]]


async def run(one: Attack, target: Target, cast: Cast) -> Report:
    """Run one attack; an error in it is a breach too, because then it proves nothing."""
    report, started = Report(one.name), monotonic()
    for person in cast.everyone:
        person.caller.report = report
    try:
        await one.start(target, report, cast)
    except Exception as error:  # noqa: BLE001 - reported
        report.breaches.append(f"the attack failed: {error!r}")
    seconds = monotonic() - started
    mark = "held" if not report.breaches else f"{len(report.breaches)} BREACHES"
    print(f"{one.name:28}{report.attempts:>8}{seconds:>8.1f} s  {mark}", flush=True)
    return report


def summarize(reports: list[Report]) -> int:
    """Print the breaches, and return the exit status."""
    attempts = sum(report.attempts for report in reports)
    breaches = sum(len(report.breaches) for report in reports)
    for report in reports:
        for breach in report.breaches[:SHOWN]:
            print(f"\n{report.name}: {breach}")
        if len(report.breaches) > SHOWN:
            print(f"\n{report.name}: {len(report.breaches) - SHOWN} more")
    print(f"\n{attempts:,} attempts, {breaches} breaches.")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
