"""The facts agree with pyrefly about the classes of the expressions in a service.

Pyrefly is better where types are declared, and too slow for every review. The facts may know less,
but must not say another class.
"""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from scripts.rendering import service_environment
from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

KNOWN = 0.9
"""The least share of the expressions that pyrefly knows of which the facts know the class."""


@pytest.fixture(scope="module")
def compared(full_service: ReviewedService) -> dict[str, Any]:
    """The numbers of agreements and of silences, and the contradictions."""
    pyrefly = full_service.python.with_name("pyrefly")
    report = ["--report-pysa-format", "json", "--output-format", "omit-errors"]
    with TemporaryDirectory() as folder:
        subprocess.run(
            [pyrefly, "check", "app", "--report-pysa", folder, *report],
            cwd=full_service.folder,
            env=service_environment(),
            capture_output=True,
            check=False,  # its findings are those of other tests
        )
        script = Path(__file__).with_name("oracle.py")
        output = subprocess.check_output(
            [full_service.python, script, folder],
            cwd=full_service.folder,
            env=service_environment() | {"PYTHONPATH": "."},
            encoding="utf-8",
        )
    return json.loads(output)


def test_the_facts_contradict_pyrefly_nowhere(compared: dict[str, Any]) -> None:
    assert compared["contradictions"] == []


def test_the_facts_know_most_of_what_pyrefly_knows(compared: dict[str, Any]) -> None:
    assert compared["agreed"] > 10_000
    assert compared["agreed"] / (compared["agreed"] + compared["silent"]) >= KNOWN
