"""Each rule finds its breach, at its line, and leaves alone what only looks like one."""

import pytest

from tests.conventions.plants import (
    BREACHES,
    NEAR_MISSES,
    OTHER_TOOLS,
    found_in,
    import_from_modules,
    lay,
    marks_in,
    rules_in,
)
from tests.conventions.reviewing import Reviewed

pytestmark = pytest.mark.xdist_group("conventions")

# What these find cannot lie beside other plants; test_command.py breaks them one at a time.
PLANTED_ELSEWHERE = {"broken-code", "stale-baseline", *OTHER_TOOLS}


def ids(service: Reviewed) -> list[str]:
    listed = service.run("from conventions.rules import RULES; print(*(r.id for r in RULES))")
    return listed.split()


def test_every_breach_is_found_at_its_line_and_nothing_else_is(copy: Reviewed) -> None:
    lay(BREACHES, copy)
    assert sorted(found_in(copy)) == sorted(marks_in(BREACHES))


def test_it_makes_no_difference_whether_names_come_from_a_package_or_its_modules(
    copy: Reviewed,
) -> None:
    lay(BREACHES, copy)
    assert import_from_modules(copy) > len(rules_in(BREACHES))
    assert sorted(found_in(copy)) == sorted(marks_in(BREACHES))


def test_what_only_looks_like_a_breach_is_not_found(copy: Reviewed) -> None:
    lay(NEAR_MISSES, copy)
    assert sorted(found_in(copy)) == []


def test_every_rule_has_a_breach_and_a_near_miss(reviewed: Reviewed) -> None:
    rules = ids(reviewed)
    assert len(set(rules)) == len(rules)
    expected = set(rules) - PLANTED_ELSEWHERE
    assert rules_in(BREACHES) == expected
    assert rules_in(NEAR_MISSES) == expected
    assert {rule for _, _, rule in marks_in(BREACHES)} == expected


def test_a_service_as_it_is_generated_has_no_findings(reviewed: Reviewed) -> None:
    answer = reviewed.review()
    assert (answer.status, answer.output) == (0, "Nothing found.\n"), answer.complaint
