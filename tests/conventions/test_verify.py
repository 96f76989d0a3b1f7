"""The checklist passes for a generated service, and fails for the points that code violates."""

import re

import pytest

from tests.conventions.cases import INVALID, add_cases
from tests.conventions.reviewing import ReviewedService
from tests.rewriting import replace

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
    "Tests",
]


def points(output: str, verdict: str) -> list[str]:
    return re.findall(rf"^{verdict} +\d+ (.+)$", output, re.MULTILINE)


def test_a_generated_service_passes_every_point(full_service: ReviewedService) -> None:
    result = full_service.review("verify")
    assert (result.status, result.stderr) == (0, ""), result.stdout
    assert points(result.stdout, "pass") == POINTS
    assert result.stdout.endswith("\n11 of 11 points passed.\n")
    for evidence in (
        "by the rules ",
        "by `lint-imports`",
        "by `ruff format --check .`",
        "by 8 tests, 8 passed",
        "checked 17 routes of features by ",
    ):
        assert evidence in result.stdout


def test_violations_commands_tests_and_untested_routes_fail_their_points(
    full_copy: ReviewedService,
) -> None:
    add_cases(INVALID, full_copy)
    full_copy.write(
        "app/features/loose.py",
        '"""A module."""\n\nfrom devtools import serve\n\nserve  =  serve\n',
    )
    replace(full_copy.folder / "app/core/errors.py", "status = 404", "status = 410")
    result = full_copy.review("verify")
    assert result.status == 1
    assert points(result.stdout, "FAIL") == POINTS
    assert "[unlimited-route] `greet_all` processes a batch without" in result.stdout
    assert "app.features.loose -> devtools (l.3)" in result.stdout
    failed = r"`tests/\S+\.py::test_\w+` (failed|did not run)"
    assert re.search(failed, result.stdout)
    assert "no test in tests/features calls GET /api/v1/" in result.stdout


def test_a_service_that_cannot_be_loaded_fails_every_point(service: ReviewedService) -> None:
    service.write("app/core/api/versions.py", "API_V1 = 1 / 0\n")
    result = service.review("verify")
    assert (result.status, points(result.stdout, "FAIL")) == (1, POINTS)
    assert "checked nothing, since the service cannot be loaded" in result.stdout
