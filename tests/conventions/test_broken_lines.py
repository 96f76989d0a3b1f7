"""Each test that a convention lists fails when the code that it covers is broken.

Each case of broken_lines.toml changes one line of a service with everything on, and runs the test.
"""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.rendering import service_environment
from tests.conventions.conftest import copied
from tests.conventions.reviewing import ReviewedService
from tests.rewriting import replace

pytestmark = pytest.mark.xdist_group("broken lines")

CASES: list[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("broken_lines.toml").read_text("utf-8")
)["case"]
SECONDS = 120
# Without the plugins that no listed test uses and without rewritten assertions, a run takes half
# the time: hundreds of modules are neither imported nor compiled.
OPTIONS = (
    *("-q", "-x", "-n", "0", "--assert", "plain"),
    *("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest"),
)
LISTED = """
import json; from pathlib import Path
from conventions.coverage import read_conventions; from conventions.rules import RULES
print(json.dumps([test for one in read_conventions(Path.cwd(), RULES) for test in one.tests]))
"""


@pytest.fixture(scope="module")
def broken_service(
    full_service: ReviewedService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReviewedService]:
    """A copy in which one line is broken at a time, and restored."""
    with copied(full_service, tmp_path_factory.mktemp("broken")) as service:
        yield service


def run(
    service: ReviewedService, test: str, full_service: ReviewedService
) -> subprocess.CompletedProcess[str]:
    environment = service_environment() | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault(
        "TEST_POSTGRES_DIRECTORY", str(full_service.folder / ".data/test-postgres")
    )
    return subprocess.run(
        [service.python, "-m", "pytest", *OPTIONS, test],
        cwd=service.folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["test"].split("::")[1])
def test_a_broken_line_fails_its_test(
    case: dict[str, str], broken_service: ReviewedService, full_service: ReviewedService
) -> None:
    path = broken_service.folder / case["file"]
    original = path.read_bytes()
    replace(path, case["line"], case["becomes"])
    try:
        result = run(broken_service, case["test"], full_service)
    finally:
        path.write_bytes(original)
    summary = result.stdout.splitlines()[-1]
    if "pgbouncer" in case["test"] and re.match(r"\d+ skipped in ", summary):
        pytest.skip("there is no PgBouncer")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout + result.stderr
    assert re.match(r"1 failed(, \d+ (passed|skipped))* in ", summary), result.stdout


def test_each_listed_test_has_a_case(full_service: ReviewedService) -> None:
    listed = set(json.loads(full_service.run(LISTED)))
    assert listed
    assert {case["test"] for case in CASES} == listed
