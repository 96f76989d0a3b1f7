"""What ruff finds belongs to a kind that keeps its convention, and is not said twice."""

import re
import subprocess
import tomllib

import pytest

from scripts.rendering import ROOT
from tests.conventions.plants import LINT, marked_in
from tests.conventions.reviewing import Reviewed

pytestmark = pytest.mark.xdist_group("conventions")

PATH = "app/features/market_data/untidy.py"
HEAD = '''"""A module."""

import asyncio
import hashlib
from datetime import UTC, datetime

import structlog

log = structlog.get_logger()

'''
BREACHES = '''
def wait(ready: list[int], token_kind: str = "hunter") -> int:  # breach: lint-secret
    """Wait."""
    log.info(f"waiting for {ready}, {token_kind}, {UTC}")  # breach: lint-logging
    waits = not ready == [1]  # breach: lint
    return waits + len(hashlib.md5(bytes(ready)).digest())  # breach: lint-security


def undocumented() -> str:  # breach: lint-docstring
    now = datetime.now()  # breach: lint-datetime
    return f"SELECT * FROM notes WHERE at > {now}"  # breach: lint-sql


def untyped(one) -> None:  # breach: lint-annotation
    """Take what has no type."""
    log.info("untyped", one=one)


def wide(  # breach: lint-complexity
    a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int, i: int
) -> int:
    """Take more than anybody can name."""
    return a + b + c + d + e + f + g + h + i


async def poll(ready: list[int]) -> None:
    """Poll."""
    while not ready:  # breach: lint-async
        await asyncio.sleep(1)
    try:
        untyped(ready)
    except Exception:  # breach: lint-except
        log.warning("not_ready")
'''
NEAR_MISSES = '''
def wait(ready: list[int], token_kind: str = "") -> int:
    """Wait."""
    log.info("waiting", ready=ready, known=token_kind, at=datetime.now(UTC))
    waits = ready != [1]
    return waits + len(hashlib.sha256(bytes(ready)).digest())


def _undocumented() -> str:
    return f"Selected from {wait([])} notes"


def wide(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int) -> int:
    """Take as many as anybody can name."""
    return a + b + c + d + e + f + g + h + len(_undocumented())


async def poll(ready: asyncio.Event) -> None:
    """Wait until it is there."""
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
    time.sleep(2)  # noqa: ASYNC251, TID251 - ruff may be wrong; the rule has a mind of its own
    time.sleep(3)  # conventions: ignore[blocking-call] nobody else is served yet
'''


def found(service: Reviewed, text: str) -> list[tuple[int, str]]:
    """Return at which lines of a file what is found, apart from what the types rule out."""
    service.write(PATH, text)
    findings = service.review("--format", "json").document["findings"]
    assert {each["path"] for each in findings} <= {PATH}
    return sorted({(each["line"], each["rule"]) for each in findings if each["rule"] != "types"})


def test_each_kind_takes_what_is_its_own(service: Reviewed) -> None:
    text = HEAD + BREACHES
    expected = sorted(marked_in(text))
    assert {kind for _, kind in expected} == LINT
    assert found(service, text) == expected


def test_what_only_looks_like_it_is_not_found(service: Reviewed) -> None:
    assert found(service, HEAD + NEAR_MISSES) == []


def test_ruff_looks_for_each_code_of_each_kind(plain: Reviewed) -> None:
    command = [plain.python.parent / "ruff", "check", "--show-settings", "app/main.py"]
    settings = subprocess.check_output(command, cwd=plain.folder, encoding="utf-8")
    enabled = re.findall(r"\(([A-Z]+\d+)\)", settings)
    kinds = tomllib.loads((ROOT / "template/conventions/rules/lint.toml").read_text("utf-8"))
    codes = [code for kind in kinds.values() for code in kind["codes"]]
    assert [code for code in codes if not any(one.startswith(code) for one in enabled)] == []


def test_what_a_rule_finds_is_not_said_once_more(service: Reviewed) -> None:
    assert found(service, BLOCKING) == [(8, "blocking-call"), (9, "blocking-call")]
    project = service.folder / "pyproject.toml"
    text = project.read_text("utf-8") + '\n[tool.conventions]\ndisable = ["blocking-call"]\n'
    project.write_text(text, "utf-8")
    kinds = [kind for _, kind in found(service, BLOCKING.replace("ignore[blocking-call]", ""))]
    assert set(kinds) == {"lint-async"}
