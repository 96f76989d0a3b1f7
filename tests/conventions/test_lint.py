"""Each finding of ruff belongs to the kind of its convention, and none is reported twice."""

import re
import subprocess
import tomllib

import pytest

from scripts.rendering import ROOT
from tests.conventions.cases import LINT, marked_in
from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

PATH = "app/features/market_data/untidy.py"
HEAD = '''"""A module."""

import asyncio
import hashlib
from datetime import UTC, datetime

import structlog

log = structlog.get_logger()

'''
INVALID = '''
def wait(ready: list[int], token_kind: str = "hunter") -> int:  # violates: lint-secret
    """Wait."""
    log.info(f"waiting for {ready}, {token_kind}, {UTC}")  # violates: lint-logging
    waits = not ready == [1]  # violates: lint
    return waits + len(hashlib.md5(bytes(ready)).digest())  # violates: lint-security


def undocumented() -> str:  # violates: lint-docstring
    now = datetime.now()  # violates: lint-datetime
    return f"SELECT * FROM notes WHERE at > {now}"  # violates: lint-sql


def untyped(one) -> None:  # violates: lint-annotation
    """Take an untyped argument."""
    log.info("untyped", one=one)


def wide(  # violates: lint-complexity
    a1: int, a2: int, a3: int, a4: int, a5: int, a6: int, a7: int, a8: int, a9: int
) -> int:
    """Take too many arguments."""
    return a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9


async def poll(ready: list[int]) -> None:
    """Poll."""
    while not ready:  # violates: lint-async
        await asyncio.sleep(1)
    try:
        untyped(ready)
    except Exception:  # violates: lint-except
        log.warning("not_ready")
'''
VALID = '''
def wait(ready: list[int], token_kind: str = "") -> int:
    """Wait."""
    log.info("waiting", ready=ready, known=token_kind, at=datetime.now(UTC))
    waits = ready != [1]
    return waits + len(hashlib.sha256(bytes(ready)).digest())


def _undocumented() -> str:
    return f"Selected from {wait([])} notes"


def wide(a1: int, a2: int, a3: int, a4: int, a5: int, a6: int, a7: int, a8: int) -> int:
    """Take as many arguments as are allowed."""
    return a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + len(_undocumented())


async def poll(ready: asyncio.Event) -> None:
    """Wait until the event is set."""
    await ready.wait()
    try:
        wait([])
    except NotImplementedError:
        log.warning("not_ready")
'''
BLOCKING = '''"""A module."""

import time


async def pause() -> None:
    """Pause."""
    time.sleep(1)
    time.sleep(2)  # noqa: ASYNC251, TID251 - ruff may be wrong; the rule decides by itself
    time.sleep(3)  # conventions: ignore[blocking-call] no request is served yet
'''


def found(service: ReviewedService, text: str) -> list[tuple[int, str]]:
    """Return the lines of a file with their findings, those of other rules for the lines aside."""
    service.write(PATH, text)
    findings = service.review("--format", "json").document["findings"]
    assert {each["path"] for each in findings} <= {PATH}
    others = {"types", "naive-datetime"}
    return sorted({(each["line"], each["rule"]) for each in findings if each["rule"] not in others})


def test_each_kind_reports_its_own_codes(service: ReviewedService) -> None:
    text = HEAD + INVALID
    expected = sorted(marked_in(text))
    assert {kind for _, kind in expected} == LINT
    assert found(service, text) == expected


def test_valid_code_is_not_reported(service: ReviewedService) -> None:
    assert found(service, HEAD + VALID) == []


def test_ruff_has_every_code_of_every_kind_enabled(minimal_service: ReviewedService) -> None:
    command = [minimal_service.python.parent / "ruff", "check", "--show-settings", "app/main.py"]
    settings = subprocess.check_output(command, cwd=minimal_service.folder, encoding="utf-8")
    enabled = re.findall(r"\(([A-Z]+\d+)\)", settings)
    kinds = tomllib.loads((ROOT / "template/conventions/rules/lint.toml").read_text("utf-8"))
    codes = [code for kind in kinds.values() for code in kind["codes"]]
    assert [code for code in codes if not any(one.startswith(code) for one in enabled)] == []


def test_ruff_does_not_repeat_the_finding_of_a_rule(service: ReviewedService) -> None:
    assert found(service, BLOCKING) == [(8, "blocking-call"), (9, "blocking-call")]
    project = service.folder / "pyproject.toml"
    text = project.read_text("utf-8") + '\n[tool.conventions]\ndisable = ["blocking-call"]\n'
    project.write_text(text, "utf-8")
    kinds = [kind for _, kind in found(service, BLOCKING.replace("ignore[blocking-call]", ""))]
    assert set(kinds) == {"lint-async"}
