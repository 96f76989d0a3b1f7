"""The checklist passes for a generated service, and fails for the points that code violates."""

import re

import pytest

from tests.conventions.cases import INVALID, add_cases
from tests.conventions.reviewing import ReviewedService

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


def test_a_generated_service_passes_every_point(full_service: ReviewedService) -> None:
    result = full_service.review("verify")
    assert (result.status, result.stderr) == (0, "")
    assert points(result.stdout, "pass") == POINTS
    assert result.stdout.endswith("\n10 of 10 points passed.\n")
    for evidence in (
        "by the rules ",
        "by `lint-imports`",
        "by `python -m devtools.lint_migrations`",
    ):
        assert evidence in result.stdout


def test_a_violation_fails_its_point_and_is_shown(full_copy: ReviewedService) -> None:
    add_cases(INVALID, full_copy)
    result = full_copy.review("verify")
    assert result.status == 1
    assert points(result.stdout, "FAIL") == POINTS
    assert "[unlimited-route] greet_all processes a batch without" in result.stdout


def test_a_failing_command_fails_its_point(full_copy: ReviewedService) -> None:
    full_copy.write(
        "app/features/loose.py",
        '"""A module."""\n\nfrom devtools import serve\n\nserve  =  serve\n',
    )
    result = full_copy.review("verify")
    assert points(result.stdout, "FAIL") == ["Style"]
    assert "app.features.loose -> devtools (l.3)" in result.stdout
