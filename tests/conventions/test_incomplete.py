"""A report in which a rule failed or was left out says so first, in every form."""

import json

import pytest

from tests.conventions.invalid_file import INVALID_PATH
from tests.conventions.planted import add_rules
from tests.conventions.reviewing import ReviewedService, places

pytestmark = pytest.mark.xdist_group("conventions")

FAILED = "The review is incomplete: a rule failed: failing: RuntimeError: something of its own."


@pytest.fixture
def failing(service: ReviewedService) -> ReviewedService:
    """A service in which a rule fails, and nothing else is found."""
    add_rules(service, rules="(fail, find)")
    project = service.folder / "pyproject.toml"
    settings = '\n[tool.conventions]\nexclude = ["conventions/rules/planted.py"]\n'
    project.write_text(project.read_text("utf-8") + settings, "utf-8")
    return service


def test_a_failing_rule_is_named_in_the_first_line(failing: ReviewedService) -> None:
    for form, line in (
        ("text", FAILED),
        ("markdown", f"**{FAILED}**"),
        ("github", f"::error title=Incomplete review::{FAILED}"),
    ):
        result = failing.review("--format", form)
        assert result.status == 2
        assert result.stdout.splitlines()[0] == line
        assert "Nothing found." not in result.stdout
        assert "The rules that ran found nothing." in result.stdout


def test_documents_for_programs_begin_with_it(failing: ReviewedService) -> None:
    document = failing.review("--format", "json").document
    assert next(iter(document.items())) == ("incomplete", FAILED)
    assert document["crashes"] == ["failing: RuntimeError: something of its own"]
    [run] = json.loads(failing.review("--format", "sarif").stdout)["runs"]
    [invocation] = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == FAILED


def test_the_other_rules_still_run(failing: ReviewedService) -> None:
    failing.write(INVALID_PATH, "from time import sleep\n\nsleep(1)\n")
    result = failing.review("--format", "json")
    assert result.status == 2
    assert (INVALID_PATH, 3, "planted") in places(result)


def test_rules_that_need_broken_code_are_named(service: ReviewedService) -> None:
    service.write("app/core/api/versions.py", "API_V1 = 1 / 0\n")
    result = service.review("--format", "json", "--fail-on", "never")
    [broken] = [each for each in result.document["findings"] if each["rule"] == "broken-code"]
    for text in (broken["message"], result.document["incomplete"]):
        assert "weak-foreign-key" in text  # It needs the tables.
        assert "unlimited-route" in text  # It is in a group that cannot be imported.
        assert "long-file" not in text
    assert service.review().stdout.startswith("The review is incomplete: ")


def test_files_that_cannot_be_read_are_named(service: ReviewedService) -> None:
    service.write("tests/broken.py", "def broken(:\n")
    result = service.review("--format", "json")
    assert result.document["incomplete"] == (
        "The review is incomplete: files that cannot be read: tests/broken.py."
    )
    [broken] = [each for each in result.document["findings"] if each["rule"] == "broken-code"]
    assert broken["message"].endswith("; no rule has looked at this file")


def test_a_disabled_rule_about_broken_code_changes_nothing(service: ReviewedService) -> None:
    service.write("app/core/api/versions.py", "API_V1 = 1 / 0\n")
    project = service.folder / "pyproject.toml"
    text = project.read_text("utf-8")
    project.write_text(f'{text}\n[tool.conventions]\ndisable = ["broken-code"]\n', "utf-8")
    assert service.review().stdout.startswith("The review is incomplete: ")
