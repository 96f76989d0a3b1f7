"""Each test that a convention lists fails when the line that it holds is broken.

What rules find is in `breaches/`; here are the conventions that tests hold. The lines are broken
one at a time, in a service with everything on, and the test alone is run.
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
from tests.conventions.reviewing import Reviewed
from tests.rewriting import replace

pytestmark = pytest.mark.xdist_group("broken lines")

BREACHES: list[dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("broken_lines.toml").read_text("utf-8")
)["breach"]
SECONDS = 120
LISTED = """
import json; from pathlib import Path
from conventions.coverage import read_conventions; from conventions.rules import RULES
print(json.dumps([test for one in read_conventions(Path.cwd(), RULES) for test in one.tests]))
"""


@pytest.fixture(scope="module")
def breakable(reviewed: Reviewed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reviewed]:
    """A copy in which a line is broken, and mended again."""
    with copied(reviewed, tmp_path_factory.mktemp("broken")) as service:
        yield service


def run(service: Reviewed, test: str, reviewed: Reviewed) -> subprocess.CompletedProcess[str]:
    environment = service_environment() | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.setdefault("TEST_POSTGRES_DIRECTORY", str(reviewed.folder / ".data/test-postgres"))
    options = ["-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    return subprocess.run(
        [service.python, "-m", "pytest", *options, test],
        cwd=service.folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach["test"].split("::")[1])
def test_a_broken_line_fails_its_test(
    breach: dict[str, str], breakable: Reviewed, reviewed: Reviewed
) -> None:
    path = breakable.folder / breach["file"]
    whole = path.read_bytes()
    replace(path, breach["line"], breach["becomes"])
    try:
        done = run(breakable, breach["test"], reviewed)
    finally:
        path.write_bytes(whole)
    summary = done.stdout.splitlines()[-1]
    if "pgbouncer" in breach["test"] and re.match(r"\d+ skipped in ", summary):
        pytest.skip("there is no PgBouncer")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert re.match(r"1 failed(, \d+ (passed|skipped))* in ", summary), done.stdout


def test_each_test_that_is_listed_has_a_line_to_break(reviewed: Reviewed) -> None:
    listed = set(json.loads(reviewed.run(LISTED)))
    assert listed
    assert {breach["test"] for breach in BREACHES} == listed
