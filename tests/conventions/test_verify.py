"""The checklist passes a service as it is generated, and fails the points that code breaks."""

import re

import pytest

from tests.conventions.plants import BREACHES, lay
from tests.conventions.reviewing import Reviewed

pytestmark = pytest.mark.xdist_group("conventions")

POINTS = [
    "Types and docstrings",
    "Validation",
    "Failure cases",
    "Async",
    "No secrets",
    "Status codes",
    "Queries",
    "Rate limits",
    "Style",
    "Timeouts and retries",
]


def points(output: str, verdict: str) -> list[str]:
    return re.findall(rf"^{verdict} +\d+ (.+)$", output, re.MULTILINE)


def test_a_service_as_it_is_generated_passes_every_point(reviewed: Reviewed) -> None:
    answer = reviewed.review("verify")
    assert (answer.status, answer.complaint) == (0, "")
    assert points(answer.output, "pass") == POINTS
    assert answer.output.endswith("\n10 of 10 points passed.\n")
    for evidence in (
        "by the rules ",
        "by `lint-imports`",
        "by `python -m devtools.lint_migrations`",
    ):
        assert evidence in answer.output


def test_what_breaks_a_convention_fails_its_point_and_is_named(copy: Reviewed) -> None:
    lay(BREACHES, copy)
    answer = copy.review("verify")
    assert answer.status == 1
    assert points(answer.output, "FAIL") == POINTS
    assert "[unlimited-route] greet_all works on a batch, and has no" in answer.output


def test_what_a_program_complains_of_fails_its_point(copy: Reviewed) -> None:
    copy.write(
        "app/features/loose.py",
        '"""A module."""\n\nfrom devtools import serve\n\nserve  =  serve\n',
    )
    answer = copy.review("verify")
    assert points(answer.output, "FAIL") == ["Style"]
    assert "app.features.loose -> devtools (l.3)" in answer.output
