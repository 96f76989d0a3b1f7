"""No attack on a served service succeeds, and each would be seen if it did."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from proof.attack.__main__ import attack
from proof.attack.start import attacked
from proof.service import EVERYTHING
from tests.services import Service, make_service

# A file of the service, a text in it, its replacement, and the attack that then succeeds.
HOLES = [
    (
        "app/core/guards/idempotency_records.py",
        "where=IdempotencyRecord.expires_at <= func.now(),",
        "",
        "one idempotency key",
    ),
    (
        "app/accounts/owned.py",
        "lambda owned: owned.owner_id == owner_id",
        "lambda owned: owned.owner_id != owner_id",
        "rows of another user",
    ),
    (
        "app/integrations/paddle/signature.py",
        "if not any(matches) or abs(",
        "if abs(",
        "forged payments",
    ),
]
pytestmark = pytest.mark.xdist_group("attack")


@pytest.fixture(scope="module")
def service(template: Path, services_folder: Path) -> Service:
    made = make_service(services_folder / "attacked", template, **EVERYTHING).sharing_packages()
    made.run("make setup")
    return made


def breaches(service: Service, names: Sequence[str] = ("",)) -> list[str]:
    with attacked(service.folder, service.environment) as target:
        reports = asyncio.run(attack(target, names, examples=0))
    found = [f"{report.name}: {breach}" for report in reports for breach in report.breaches]
    assert [report.name for report in reports if report.attempts <= 10] == [], found
    return found


def test_every_attack_fails(service: Service) -> None:
    assert breaches(service) == []


def test_holes_are_found(service: Service) -> None:
    folder = service.folder.with_name("with holes")
    shutil.copytree(service.folder, folder, ignore=shutil.ignore_patterns(".data"))
    for file, text, becomes, _ in HOLES:
        code = folder / file
        assert text in code.read_text("utf-8")
        code.write_text(code.read_text("utf-8").replace(text, becomes, 1), "utf-8")
    found = breaches(Service(folder, service.environment), [name for *_, name in HOLES])
    for *_, name in HOLES:
        assert any(breach.startswith(f"{name}: ") for breach in found), (name, found)
