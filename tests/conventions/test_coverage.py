"""Every convention has a check, every listed check exists, and the documentation is current."""

import ast
import json
import re
import shlex
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.conventions_page import GUIDE, PAGE, write_guide, write_page
from tests.conftest import Render
from tests.conventions.reviewing import ReviewedService
from tests.toggles import NOTHING_ON

pytestmark = pytest.mark.xdist_group("conventions")

COUNTS = {"API": 9, "DB": 12, "TIM": 4, "ERR": 4, "SEC": 11, "CODE": 6, "REV": 5}
IDS = {f"{group}-{number + 1}" for group, count in COUNTS.items() for number in range(count)}
OF_TOGGLES = {"PAD-1", "PAD-2", "RES-1", "BLB-1", "RED-1"}
READ = """
import json; from dataclasses import asdict; from pathlib import Path
from conventions.coverage import read_conventions; from conventions.rules import RULES
print(json.dumps([asdict(one) | {"checks": list(one.checks())} for one in
    read_conventions(Path.cwd(), RULES)]))
"""

Conventions = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def conventions(full_service: ReviewedService) -> Conventions:
    """The conventions of the service, by id."""
    return {one["id"]: one for one in json.loads(full_service.run(READ))}


@cache
def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_every_convention_is_listed(conventions: Conventions) -> None:
    assert conventions.keys() == IDS | OF_TOGGLES | {"NEO-1"}
    assert all(one["says"] and one["encoded"] for one in conventions.values())


def test_every_convention_has_a_check(conventions: Conventions) -> None:
    assert [name for name, one in conventions.items() if not one["checks"]] == []


def test_every_listed_check_and_path_exists(
    conventions: Conventions, full_service: ReviewedService
) -> None:
    folder = full_service.folder
    rules = set(
        full_service.run(
            "from conventions.rules import RULES; print(*(r.id for r in RULES))"
        ).split()
    )
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    contracts = {entry["name"] for entry in project["tool"]["importlinter"]["contracts"]}
    makefile = (folder / "Makefile").read_text("utf-8").replace("\\\n", " ")
    run = re.findall(r"\$\(RUN\) (.+)$", makefile, re.MULTILINE)
    checks = re.findall(r"^CHECKS := (.+)$", makefile, re.MULTILINE)
    commands = {*run, *(command for line in checks for command in shlex.split(line))}
    for name, one in conventions.items():
        assert set(one["rules"]) <= rules, name
        assert set(one["contracts"]) <= contracts, name
        assert set(one["commands"]) <= commands, name
        assert all((folder / path).exists() for path in one["encoded"]), name
        for test in one["tests"]:
            path, _, function = test.partition("::")
            assert function in functions_in(folder / path), test


def test_every_rule_checks_a_listed_convention(
    conventions: Conventions, full_service: ReviewedService
) -> None:
    checked = full_service.run(
        "from conventions.rules import RULES; print(*{r.convention for r in RULES})"
    )
    assert set(checked.split()) <= conventions.keys()


def test_a_rule_is_explained_with_the_text_of_its_convention(
    conventions: Conventions, full_service: ReviewedService
) -> None:
    explained = full_service.review("explain", "blocking-call").stdout
    assert explained.startswith(
        f"blocking-call (critical) checks API-1: {conventions['API-1']['says']}\n"
    )


def test_without_toggles_only_the_common_conventions_apply(render: Render) -> None:
    service = render(example="none", **NOTHING_ON)
    assert not list(service.glob("tests/integrations/*/conventions.toml"))
    listed = tomllib.loads((service / "conventions/coverage.toml").read_text("utf-8"))
    assert listed.keys() == IDS | {"NEO-1"}
    for one in listed.values():
        assert all((service / path).exists() for path in one.get("encoded", ()))
        for test in one.get("tests", ()):
            path, _, function = test.partition("::")
            assert function in functions_in(service / path), test


def test_the_documentation_of_the_conventions_is_current(
    full_service: ReviewedService,
) -> None:
    listed = full_service.review("list", "--format", "markdown").stdout
    assert PAGE.read_text("utf-8") == write_page(listed), "run `make docs`"
    assert GUIDE.read_text("utf-8") == write_guide(listed), "run `make docs`"
