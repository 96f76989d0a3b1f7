"""No fault loses, doubles or halves a write, and the comparison would see it if one did."""

import asyncio
import gc
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proof.chaos.__main__ import QUICK, Plan, break_parts, summarize
from proof.chaos.checks import CHECKS
from proof.chaos.faults import api_process_killed, clients_leave
from proof.chaos.ledger import Ledger
from proof.chaos.truth import QUERIES, Truth
from proof.service import EVERYTHING, running_service
from tests.services import Service, make_service

SMALL = Plan(
    (api_process_killed, clients_leave), clients=8, fault_seconds=2, quiet_seconds=1, job_seconds=10
)
LATE_COMMIT = """
async def _commit_late(session: AsyncSession) -> None:
    import asyncio

    await asyncio.sleep(0.3)
    await session.commit()


async def get_session"""
# A file of the service, texts in it and their replacements, and the column that has to show it.
HOLES = [
    pytest.param(
        "app/core/guards/idempotency_records.py",
        {"where=IdempotencyRecord.expires_at <= func.now(),": ""},
        "doubled",
        id="a repeated key runs again",
    ),
    pytest.param(
        "app/core/db/session.py",
        {
            '(get_session, scope="function")': '(get_session, scope="request")',
            "            await session.commit()": "            await _commit_late(session)",
            "async def get_session": LATE_COMMIT,
        },
        "lost",
        id="the response comes before the commit",
        marks=pytest.mark.full,
    ),
    pytest.param(
        "app/core/email/delivery.py",
        {"    await send_email.enqueue(session, sealed, key=message.key)": "    assert sealed"},
        "half done",
        id="a mail has no job",
        marks=pytest.mark.full,
    ),
]
pytestmark = [
    # Clients that leave while they connect do not close their sockets.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.xdist_group("chaos"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]


Wrong = Callable[[Truth], object]
ADA = "ada@example.com"
ALERT = {"id": "1", "owner": ADA, "marker": 1, "version": 1, "changes": 1}
MAIL = {"to": [ADA], "subject": "Welcome to Svc", "tags": [{"value": "1"}]}
PAID = {"customer_id": "ctm_1", "status": "completed"}
# Each change of a truth that fits its ledger, and the column that has to show it.
WRONG_TRUTHS: dict[str, tuple[Wrong, str]] = {
    "an alert is missing": (lambda truth: truth.rows["alerts"].clear(), "lost"),
    "an alert is there twice": (lambda truth: truth.rows["alerts"].append(ALERT), "doubled"),
    "an alert that nobody asked for": (
        lambda truth: truth.rows["alerts"].append(ALERT | {"marker": 99}),
        "doubled",
    ),
    "an alert of another user": (
        lambda truth: truth.rows["alerts"].__setitem__(0, ALERT | {"owner": "bob@example.com"}),
        "lost",
    ),
    "a change that is missing": (
        lambda truth: truth.ledger.writes[0].facts.update(version=2),
        "lost",
    ),
    "a version without its change": (
        lambda truth: truth.rows["alerts"].__setitem__(0, ALERT | {"version": 2}),
        "half done",
    ),
    "one alert of a batch": (lambda truth: truth.rows["alerts"].pop(), "half done"),
    "a file without content": (lambda truth: truth.vendors["blob"]["files"].clear(), "half done"),
    "content without a file": (lambda truth: truth.rows["files"].clear(), "half done"),
    "a file that is missing": (lambda truth: truth.rows["files"].clear(), "lost"),
    "bytes that no file uses": (
        lambda truth: truth.rows["usage"].append({"holder": "1", "used_bytes": 1, "stored": 0}),
        "half done",
    ),
    "a user who is missing": (lambda truth: truth.rows["users"].clear(), "lost"),
    "a session that is missing": (lambda truth: truth.rows["sessions"].clear(), "lost"),
    "a mail that is missing": (lambda truth: truth.vendors["resend"]["mails"].pop(), "half done"),
    "a mail that was sent twice": (
        lambda truth: truth.vendors["resend"]["mails"].append(MAIL),
        "doubled",
    ),
    "a payment without subscription": (
        lambda truth: truth.rows["subscriptions"].clear(),
        "half done",
    ),
    "a payment that was made twice": (
        lambda truth: truth.vendors["paddle"]["things"].update(txn_2=PAID),
        "doubled",
    ),
    "an event that is missing": (lambda truth: truth.rows["paddle_events"].clear(), "lost"),
    "a dead job": (
        lambda truth: truth.rows["jobs"].append({"name": "a", "state": "dead", "error": "b"}),
        "half done",
    ),
}


def true_truth() -> Truth:
    """Return the truth that fits a ledger with a write of each kind."""
    ledger = Ledger()
    kinds = ("alert", "batch", "batch", "batch", "file", "sign-up", "confirmation", "log-in")
    for kind in (*kinds, "checkout", "payment"):
        write = ledger.new(kind, ADA, batch=[2, 3, 4], name="5-1.txt", transaction="txn_1")
        write.acknowledged, write.attempts = True, 1
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in QUERIES} | {
        "alerts": [ALERT | {"marker": marker} for marker in (1, 2, 3, 4)],
        "files": [{"name": "5-1.txt", "size": 7, "state": "stored", "pathname": "files/5"}],
        "users": [{"email": ADA, "is_verified": True}],
        "sessions": [{"email": ADA}],
        "mails": [{"id": "1", "kind": "welcome", "address": ADA}],
        "subscriptions": [{"id": "sub_1", "status": "active", "email": ADA}],
        "paddle_events": [{"id": "evt_1", "state": "applied"}],
    }
    confirmation = {"to": [ADA], "subject": "Verify your address", "tags": []}
    things = {"ctm_1": {"email": ADA}, "txn_1": PAID}
    vendors: dict[str, dict[str, Any]] = {
        "blob": {"files": {"files/5": 7}},
        "paddle": {"things": things, "acknowledged": ["evt_1"]},
        "resend": {"mails": [confirmation, MAIL], "acknowledged": []},
    }
    return Truth(rows, vendors, ledger)


@pytest.mark.parametrize("name", WRONG_TRUTHS)
def test_a_wrong_truth_is_found(name: str) -> None:
    break_it, column = WRONG_TRUTHS[name]
    truth = true_truth()
    for check in CHECKS:
        check(truth)
    assert truth.ledger.findings == []
    break_it(truth)
    for check in CHECKS:
        check(truth)
    assert column in {finding.column for finding in truth.ledger.findings}


@pytest.fixture(scope="module")
def service(template: Path, services_folder: Path) -> Service:
    made = make_service(services_folder / "broken", template, **EVERYTHING).sharing_packages()
    made.run("make setup")
    return made


def break_service(service: Service, plan: Plan) -> Ledger:
    with running_service(service.folder, environment=service.environment) as running:
        ledger = asyncio.run(break_parts(running, plan))
    gc.collect()  # Here, where the warnings about open sockets are ignored.
    return ledger


def test_no_write_is_lost_doubled_or_halved_by_a_fault(service: Service) -> None:
    ledger = break_service(service, QUICK)
    assert ledger.findings == []
    assert summarize(ledger) == 0
    for phase in ledger.ended_at:
        assert ledger.row(phase)["recovery"] is not None, phase


@pytest.mark.parametrize(("file", "replacements", "column"), HOLES)
def test_a_hole_is_seen(
    service: Service, file: str, replacements: dict[str, str], column: str
) -> None:
    folder = service.folder.with_name(f"hole in {Path(file).stem}")
    shutil.copytree(service.folder, folder, ignore=shutil.ignore_patterns(".data"))
    source = (folder / file).read_text("utf-8")
    for text, becomes in replacements.items():
        assert text in source
        source = source.replace(text, becomes, 1)
    (folder / file).write_text(source, "utf-8")
    ledger = break_service(Service(folder, service.environment), SMALL)
    assert column in {finding.column for finding in ledger.findings}
    assert summarize(ledger) == 1
