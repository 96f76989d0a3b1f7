"""Patches: `--fix` applies those that change nothing the service does; the others are shown."""

import re
from typing import Any

import pytest

from tests.conventions.cases import INVALID, add_cases
from tests.conventions.invalid_file import INVALID_PATH
from tests.conventions.planted import add_rules
from tests.conventions.reviewing import ReviewedService
from tests.history import git

pytestmark = pytest.mark.xdist_group("conventions")

SAFE = {"weak-foreign-key", "unused-suppression"}
ACCEPTING_NOTHING = '''"""Comments that accept nothing."""

SIZES = (1, 2)  # conventions: ignore[long-file] it is short
# conventions: ignore[types] they are right
LIMIT = 3
'''
ACCEPTED = '"""Comments that accept nothing."""\n\nSIZES = (1, 2)\nLIMIT = 3\n'
COMPARING = '''"""Comparisons of secrets, of which not each is one of two texts."""


def is_both(given_token: str, token: str, other_token: str) -> bool:
    """Return whether three are the same."""
    return given_token == token == other_token


def is_same(given_token: str | None, token: str) -> bool:
    """Return whether one that may be missing is the same."""
    return given_token == token


def is_typed(given_token: str, token: str) -> bool:
    """Return whether two are the same."""
    return given_token == token
'''


def findings(service: ReviewedService) -> list[dict[str, Any]]:
    document = service.review("--format", "json", "--fail-on", "never").document
    assert document["incomplete"] is None
    return document["findings"]


def test_fixed_code_is_loaded_and_has_neither_these_findings_nor_new_ones(
    full_copy: ReviewedService,
) -> None:
    add_cases(INVALID, full_copy)
    full_copy.write(INVALID_PATH, ACCEPTING_NOTHING)
    before = findings(full_copy)
    fixed = {each["fingerprint"] for each in before if (each["patch"] or {}).get("is_safe")}
    assert {each["rule"] for each in before if each["fingerprint"] in fixed} == SAFE
    full_copy.review("--fix")
    assert (full_copy.folder / INVALID_PATH).read_text("utf-8") == ACCEPTED
    after = {each["fingerprint"] for each in findings(full_copy)}
    assert after == {each["fingerprint"] for each in before} - fixed


def test_suggested_patches_apply_to_valid_code_and_are_not_applied(
    full_copy: ReviewedService,
) -> None:
    add_cases(INVALID, full_copy)
    suggested = [each for each in findings(full_copy) if each["patch"]]
    suggested = [each for each in suggested if not each["patch"]["is_safe"]]
    assert {each["rule"] for each in suggested} == {
        *("commit-in-service", "eager-relationship", "naive-timestamp"),
        *("secret-equality", "weak-foreign-key", "write-in-read-session"),
    }
    git(full_copy.folder, "init", "--quiet")
    git(full_copy.folder, "add", "--all")
    for each in suggested:
        full_copy.write("one.patch", each["patch"]["diff"])
        git(full_copy.folder, "apply", "--check", "one.patch")
    full_copy.review("--fix")
    left = {each["fingerprint"] for each in findings(full_copy)}
    assert {each["fingerprint"] for each in suggested} <= left


def test_a_suggestion_that_would_be_wrong_is_not_made(service: ReviewedService) -> None:
    service.write(INVALID_PATH, COMPARING)
    found = [each for each in findings(service) if each["rule"] == "secret-equality"]
    assert [bool(each["patch"]) for each in found] == [False, False, True]
    diff = found[-1]["patch"]["diff"]
    assert "+import hmac\n" in diff
    assert "+    return hmac.compare_digest(given_token.encode(), token.encode())\n" in diff


def test_fix_applies_patches_and_is_idempotent(service: ReviewedService) -> None:
    add_rules(service)
    service.write(
        INVALID_PATH, '"""Untidy."""\n\nfrom time import sleep\n\nsleep(sleep(1))\né = sleep(2)\n'
    )
    result = service.review("--fix", "--format", "markdown")
    assert f"{INVALID_PATH}: applied 2 of 3" in result.stderr
    assert "safe patch, which `make review fix=1` applies" in result.stdout
    assert "\n-sleep(pause(1))\n+pause(pause(1))\n" in result.stdout
    service.review("--fix")
    fixed = (service.folder / INVALID_PATH).read_text("utf-8")
    assert "from asyncio import pause\nfrom time import sleep\n" in fixed
    assert "\npause(pause(1))\né = pause(2)\n" in fixed
    result = service.review("--fix", "--format", "json")
    assert "applied" not in result.stderr
    assert (service.folder / INVALID_PATH).read_text("utf-8") == fixed


IMPORTING = '''"""Imports."""

from __future__ import annotations

from asyncio import Event
from time import sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import pause

READY = Event()
sleep(
    1,
)
'''


@pytest.mark.parametrize("is_formatted", [True, False])
def test_imports_are_sorted_and_the_form_of_the_file_is_kept(
    service: ReviewedService, *, is_formatted: bool
) -> None:
    add_rules(service)
    unformatted = IMPORTING.replace("READY = Event()", "READY  =  Event( )")
    service.write(INVALID_PATH, IMPORTING if is_formatted else unformatted)
    service.review("--fix")
    fixed = (service.folder / INVALID_PATH).read_text("utf-8")
    assert "\n\nfrom asyncio import Event, pause\nfrom time import sleep\n" in fixed
    assert ("READY = Event()\npause(1)\n" in fixed) is is_formatted
    assert ("READY  =  Event( )\npause(1)\n" in fixed) is not is_formatted
    assert len(re.findall(r"import .*\bpause\b", fixed)) == 2  # One of them for types.
