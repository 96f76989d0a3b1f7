"""A start imports no more than it needs: counted, since time depends on the machine.

The packages are those of production. A limit that a change has made too high is lowered; one that a
change needs higher is raised in the same commit, with the reason.
"""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.services import Service, make_service
from tests.toggles import TOGGLES, Answers, name_of, state

pytestmark = pytest.mark.xdist_group("starts")
LIMITS = {
    name_of(state()): {
        "modules of the service": 96,
        "modules of packages": 500,
        "validators": 95,
    },
    name_of(state(*TOGGLES)): {
        "modules of the service": 161,
        "modules of packages": 640,
        "validators": 190,
    },
}
# Modules that only a rare request or another program needs.
NOT_AT_START = {
    *("alembic", "mako", "cryptography.hazmat", "rich", "pytest"),
    *("devtools", "conventions", "migrations", "tests"),
}
NEEDED_BY = {"redis": "redis", "jinja2": "resend", "pure_magic_rs": "blob"}
FIGURES = """
import gc, json, sys
from app.main import create_app
create_app()
from pydantic import TypeAdapter
files = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
print(json.dumps({
    "imported": sorted(files),
    "modules of the service": sum(name.partition(".")[0] == "app" for name in files),
    "modules of packages": sum("site-packages" in file for file in files.values()),
    "validators": sum(isinstance(one, TypeAdapter) for one in gc.get_objects()),
}))
"""


Started = tuple[Answers, dict[str, Any]]


@pytest.fixture(scope="module", params=[state(), state(*TOGGLES)], ids=name_of)
def started(request: pytest.FixtureRequest, template: Path, services_folder: Path) -> Started:
    answers: Answers = request.param
    made = make_service(services_folder / f"start {name_of(answers)}", template, **answers)
    service: Service = made.sharing_packages("production")
    service.run("uv sync --quiet --no-default-groups --group platform")
    program = shlex.quote(FIGURES)
    output = service.run(f"ENVIRONMENT=test uv run --no-sync python -c {program}")
    return answers, json.loads(output.splitlines()[-1])


def test_a_start_imports_and_builds_no_more_than_before(
    started: Started,
) -> None:
    answers, found = started
    limits = LIMITS[name_of(answers)]
    assert {name: found[name] for name in limits if found[name] > limits[name]} == {}


def test_a_start_imports_no_package_that_few_requests_need(
    started: Started,
) -> None:
    answers, found = started
    needless = {name for name, toggle in NEEDED_BY.items() if not answers[toggle]}
    assert (NOT_AT_START | needless).intersection(found["imported"]) == set()
