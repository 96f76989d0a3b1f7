"""Each rule reports its invalid cases at their lines, and no valid case."""

import pytest

from tests.conventions.cases import (
    INVALID,
    OTHER_TOOLS,
    VALID,
    add_cases,
    found_in,
    import_from_modules,
    marks_in,
    rules_in,
)
from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

# Their violations affect other cases; test_command.py and test_lint.py test them one at a time.
TESTED_ELSEWHERE = {"banned-name", "broken-code", "stale-baseline", *OTHER_TOOLS}

NAMES = """
import re
from conventions.rules import RULES
from conventions import vocabulary as v
from pathlib import Path
from pkgutil import resolve_name

names = {*v.FACTORIES, *v.SESSIONS, *v.READ_ALIASES, *v.HTTP_REQUESTS, v.RELEASE, v.ENQUEUE}
names |= {f"{v.OWNED}.{name}" for name in ("owned_by", "ALL_OWNERS", "Owned", "OwnSession")}
for path in Path("conventions").rglob("*.py"):
    text = path.read_text("utf-8").replace("\\\\", "")
    names |= set(re.findall(r"\\bapp\\.(?:core|accounts|integrations)(?:\\.\\w+)*", text))
for name in sorted(names):
    resolve_name(name)
    print(name)
"""


def ids(service: ReviewedService) -> list[str]:
    listed = service.run("from conventions.rules import RULES; print(*(r.id for r in RULES))")
    return listed.split()


def test_every_invalid_line_is_reported_and_no_other(full_copy: ReviewedService) -> None:
    add_cases(INVALID, full_copy)
    assert sorted(found_in(full_copy)) == sorted(marks_in(INVALID))


def test_names_imported_from_modules_are_those_imported_from_packages(
    full_copy: ReviewedService,
) -> None:
    add_cases(INVALID, full_copy)
    assert import_from_modules(full_copy) > len(rules_in(INVALID))
    assert sorted(found_in(full_copy)) == sorted(marks_in(INVALID))


def test_no_valid_case_is_reported(full_copy: ReviewedService) -> None:
    add_cases(VALID, full_copy)
    assert sorted(found_in(full_copy)) == []


def test_every_rule_has_invalid_and_valid_cases(full_service: ReviewedService) -> None:
    rules = ids(full_service)
    assert len(set(rules)) == len(rules)
    expected = set(rules) - TESTED_ELSEWHERE
    assert rules_in(INVALID) == expected
    assert rules_in(VALID) == expected
    assert {rule for _, _, rule in marks_in(INVALID)} == expected


def test_every_name_of_the_service_in_a_rule_exists(full_service: ReviewedService) -> None:
    names = full_service.run(NAMES).split()
    assert {"app.core.http.client.HttpClient.request", "app.accounts.owned.OwnSession"} <= {*names}


def test_a_generated_service_has_no_findings(full_service: ReviewedService) -> None:
    result = full_service.review()
    assert (result.status, result.stdout) == (0, "Nothing found.\n"), result.stderr
