"""The development tools of a service pass the tests in `in_service/`, with the service's packages.

A service does not ship these tests. They are copied into a generated one, as `tests/devtools`,
and pass its linter, its type checker and pytest there.
"""

import shutil
from pathlib import Path

import pytest

from tests.services import Service, make_service
from tests.toggles import EVERYTHING_ON, NOTHING_ON

IN_SERVICE = Path(__file__).with_name("in_service")
STATES = {"nothing on": NOTHING_ON, "everything on": EVERYTHING_ON}
# Tests of tools that come with a toggle, and the tool of each.
OPTIONAL = {
    "fakes": "devtools/fakes",
    "fakes/test_blob.py": "devtools/fakes/blob.py",
    "fakes/test_paddle.py": "devtools/fakes/paddle.py",
    "fakes/test_resend.py": "devtools/fakes/resend.py",
    "valkey": "devtools/valkey",
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(state, id=state, marks=pytest.mark.xdist_group(f"devtools, {state}"))
        for state in STATES
    ],
)
def service(request: pytest.FixtureRequest, template: Path, services_folder: Path) -> Service:
    """A service with the tests of its tools."""
    folder = services_folder / f"tools with {request.param}"
    made = make_service(folder, template, example="none", **STATES[request.param])
    made = made.sharing_packages()
    made.run("make setup")
    add_tests(made.folder)
    return made


def add_tests(service: Path) -> None:
    """Copy the tests of all tools that a service has."""
    tests = service / "tests/devtools"
    shutil.copytree(IN_SERVICE, tests, ignore=shutil.ignore_patterns("__pycache__"))
    for path, tool in OPTIONAL.items():
        if (service / tool).exists():
            continue
        test = tests / path
        shutil.rmtree(test) if test.is_dir() else test.unlink(missing_ok=True)


def test_the_tests_of_the_tools_are_clean_and_typed(service: Service) -> None:
    service.run("uv run --no-sync ruff check tests/devtools")
    service.run("uv run --no-sync ruff format --check tests/devtools")
    service.run("uv run --no-sync pyrefly check tests/devtools")


def test_the_tools_pass_their_tests(service: Service) -> None:
    service.run("uv run --no-sync pytest -n auto --dist worksteal tests/devtools")


def test_every_optional_tool_has_its_tests() -> None:
    assert [path for path in OPTIONAL if not (IN_SERVICE / path).exists()] == []
