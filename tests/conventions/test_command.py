"""The review command: configuration, suppressions, baseline, changes, patches and errors."""

import json
import re
import shutil

import pytest

from scripts.rendering import service_environment
from tests.conventions.invalid_file import INVALID_PATH, INVALID_TEXT
from tests.conventions.reviewing import ReviewedService, places
from tests.history import git

pytestmark = pytest.mark.xdist_group("conventions")

PLANTED = '''"""A rule whose patches can overlap, and one that crashes."""

import ast

from conventions.rule import rule


@rule("planted")
def find(service):
    """Find `sleep`."""
    for source in service.sources.under("app/features"):
        for call in source.calls():
            if source.name_of(call.func) == "time.sleep":
                text = f"pause({ast.unparse(call.args[0])})"
                patch = source.replacing(call, text, needs_import="from asyncio import pause")
                yield source.violation(call, "It blocks, 100 %.", patch=patch)


@rule("failing")
def fail(service):
    """Fail."""
    raise RuntimeError("something of its own")


RULES = (find,)
'''
TEXTS = """
convention = "API-1"
severity = "critical"
why = "W."
fix = "F."
wrong = ""
right = ""
"""


def add_rules(service: ReviewedService, *, rules: str = "(find,)") -> None:
    """Add the rules above to a service."""
    service.write("conventions/rules/planted.py", PLANTED.replace("(find,)", rules))
    service.write("conventions/rules/planted.toml", f"[planted]{TEXTS}\n[failing]{TEXTS}")
    listed = service.folder / "conventions/rules/__init__.py"
    text = listed.read_text("utf-8").replace('    "review",', '    "planted",\n    "review",')
    listed.write_text(text, "utf-8")


def configure(service: ReviewedService, lines: str) -> None:
    project = service.folder / "pyproject.toml"
    text = project.read_text("utf-8")
    project.write_text(f"{text}\n[tool.conventions]\n{lines}\n", "utf-8")


def test_invalid_python_is_reported_and_other_files_are_still_reviewed(
    service: ReviewedService,
) -> None:
    service.write("app/features/market_data/errors.py", '"""Broken."""\n\nraise = 1\n')
    service.write(INVALID_PATH, INVALID_TEXT)
    result = service.review("--format", "json")
    assert ("app/features/market_data/errors.py", 3, "broken-code") in places(result)
    assert (INVALID_PATH, 7, "empty-suppression") in places(result)
    assert [each for each in places(result) if each[2] == "unused-suppression"] == []


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("app/core/api/versions.py", "API_V1 = 1 / 0\n", 1),
        (
            "app/features/market_data/module.py",
            "from app.core.module import Module\nfrom app.settings import ServiceSettings\n\n\n"
            "class Bought(ServiceSettings):\n    key_of_vendor: str\n\n\n"
            'module = Module(name="market_data", settings=Bought)\n',
            5,
        ),
        ("migrations/versions/market_data/x.py", 'revision = "1"\ndown_revision = "2"\n', None),
    ],
    ids=["import", "settings", "migration"],
)
def test_code_that_cannot_be_loaded_is_reported(
    service: ReviewedService, path: str, text: str, place: int | None
) -> None:
    service.write(path, text)
    result = service.review("--format", "json", "--fail-on", "critical")
    assert result.status == 1
    broken = [each for each in places(result) if each[2] == "broken-code"]
    assert broken
    assert place is None or broken == [(path, place, "broken-code")]


def test_a_folder_without_a_service_is_reported(service: ReviewedService) -> None:
    shutil.rmtree(service.folder / "app")
    result = service.review()
    assert result.status == 1
    assert "critical [broken-code]" in result.stdout
    assert "No module named 'app" in result.stdout


def test_a_review_does_not_depend_on_the_environment(
    service: ReviewedService,
) -> None:
    service.write(".env", "ENVIRONMENT=production\nSECRET_KEY=short\nLOG_LEVEL=nonsense\n")
    result = service.review(ENVIRONMENT="production", DATABASE_URL="mysql://x", REDIS_URL="y")
    assert (result.status, result.stdout) == (0, "Nothing found.\n"), result.stderr


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "disables = []",
            "unknown key disables in [tool.conventions]; "
            "the keys are baseline, disable, exclude, fail-on",
        ),
        ('disable = ["no-such-rule"]', "there is no rule 'no-such-rule'; `make explain`"),
        ('severity = { lint = "mild" }', "severity.lint: Input should be 'critical', 'best"),
        ('max-function-lines = "few"', "max-function-lines: Input should be a valid integer"),
        ("disable = [", "pyproject.toml cannot be read"),
    ],
)
def test_an_invalid_configuration_is_rejected(
    service: ReviewedService, lines: str, message: str
) -> None:
    configure(service, lines)
    result = service.review()
    assert (result.status, result.stdout) == (2, "")
    assert message in result.stderr


def test_the_configuration_disables_rules_and_sets_severities(
    service: ReviewedService,
) -> None:
    service.write(INVALID_PATH, INVALID_TEXT)
    service.write("app/features/market_data/generated.py", INVALID_TEXT)
    rules = 'disable = ["lint", "empty-suppression"]\nexclude = ["app/*/generated.py"]\n'
    configure(service, f'{rules}severity = {{ types = "suggestion" }}')
    result = service.review("--format", "json")
    assert result.status == 0
    assert places(result) == [(INVALID_PATH, 7, "types"), (INVALID_PATH, 9, "unused-suppression")]


def test_a_missing_tool_is_reported(minimal_service: ReviewedService) -> None:
    code = (
        "import sys; sys.executable = '/nowhere/python'\n"
        "from conventions.tools import Tools\n"
        "try: Tools('.')\nexcept Exception as error: print(error)"
    )
    path = service_environment() | {"PATH": "/nowhere"}
    assert (
        minimal_service.run(code, environment=path) == "ruff is not installed; run `make setup`\n"
    )


def test_only_findings_in_changed_code_are_reported(service: ReviewedService) -> None:
    add_rules(service)
    old = "from time import sleep\n\n\ndef old() -> None:\n    sleep(1)\n\n\n"
    touched = "def touched() -> None:\n    sleep(2)\n"
    service.write(INVALID_PATH, old + touched)
    git(service.folder, "init", "--quiet", "--initial-branch", "main")
    git(service.folder, "add", "--all")
    git(service.folder, "commit", "--quiet", "--message", "before")
    git(service.folder, "switch", "--quiet", "--create", "feature")
    service.write(INVALID_PATH, old + touched + "    print()\n")
    git(service.folder, "commit", "--quiet", "--all", "--message", "after")
    service.write("app/features/market_data/né w.py", old)
    result = service.review("--changed", "--format", "json")
    assert [place for place in places(result) if place[2] == "planted"] == [
        ("app/features/market_data/né w.py", 5, "planted"),
        (INVALID_PATH, 9, "planted"),
    ]
    assert {path for path, _, _ in places(result)} == {place[0] for place in places(result)}
    message = service.review("--changed", "no-such-branch").stderr
    assert message.startswith("git finds no branch no-such-branch: pass another, or run `git fetch")


def test_a_review_of_changes_needs_git(service: ReviewedService) -> None:
    result = service.review("--changed", GIT_CEILING_DIRECTORIES=str(service.folder.parent))
    assert result.status == 2
    assert "not a git repository" in result.stderr
    result = service.review("--changed", PATH="/nowhere")
    assert (result.status, result.stderr[:20]) == (2, "git is not installed")


def test_the_baseline_accepts_findings_until_they_are_fixed(service: ReviewedService) -> None:
    service.write(INVALID_PATH, INVALID_TEXT)
    result = service.review("baseline")
    assert result.status == 0
    assert "are in conventions-baseline.json now" in result.stdout
    moved = INVALID_TEXT.replace("import os, sys", "\n\nimport os, sys")
    service.write(INVALID_PATH, moved)
    assert service.review().stdout == "Nothing found.\n"
    service.write(INVALID_PATH, moved.replace("size: int", "size: str"))
    result = service.review("--format", "json")
    assert {rule for _, _, rule in places(result)} == {"stale-baseline", "empty-suppression"}
    [stale] = [each for each in result.document["findings"] if each["rule"] == "stale-baseline"][:1]
    listed = (service.folder / stale["path"]).read_text("utf-8").splitlines()[stale["line"] - 1]
    assert json.loads(listed.rstrip(","))["content"].startswith('size: int = "3"')


def test_fix_applies_patches_and_is_idempotent(service: ReviewedService) -> None:
    add_rules(service)
    service.write(
        INVALID_PATH, '"""Untidy."""\n\nfrom time import sleep\n\nsleep(sleep(1))\né = sleep(2)\n'
    )
    result = service.review("--fix", "--format", "markdown")
    assert f"{INVALID_PATH}: applied 2 of 3" in result.stderr
    assert "## Proposed patches" in result.stdout
    assert "\n-sleep(pause(1))\n+pause(pause(1))\n" in result.stdout
    service.review("--fix")
    fixed = (service.folder / INVALID_PATH).read_text("utf-8")
    assert "from asyncio import pause\nfrom time import sleep\n" in fixed
    assert "\npause(pause(1))\né = pause(2)\n" in fixed
    result = service.review("--fix", "--format", "json")
    assert "applied" not in result.stderr
    assert (service.folder / INVALID_PATH).read_text("utf-8") == fixed


def test_a_crashing_rule_is_reported_and_the_others_still_run(service: ReviewedService) -> None:
    add_rules(service, rules="(fail, find)")
    service.write(INVALID_PATH, "from time import sleep\n\nsleep(1)\n")
    result = service.review("--format", "json")
    assert result.status == 2
    assert result.document["crashes"] == ["failing: RuntimeError: something of its own"]
    assert (INVALID_PATH, 3, "planted") in places(result)


def test_rules_are_listed_and_explained(minimal_service: ReviewedService) -> None:
    listed = minimal_service.review("list")
    assert re.search(r"^CODE-2 .+\n(    .+\n)*    rule `lint`$", listed.stdout, re.MULTILINE)
    explained = minimal_service.review("explain", "lint").stdout
    assert all(f"\n{part}:" in explained for part in ("Why", "Fix", "Wrong", "Right"))
    unknown = minimal_service.review("explain", "no-such-rule")
    assert unknown.status == 2
    assert unknown.stderr == "There is no rule 'no-such-rule'; `make explain` lists them.\n"


def test_a_report_that_cannot_be_written_is_an_error(minimal_service: ReviewedService) -> None:
    code = (
        "from pathlib import Path; from conventions.__main__ import _write\n"
        "try: _write('report', Path('none/report'))\nexcept Exception as error: print(error)"
    )
    message = "the report cannot be written to none/report: No such file or directory\n"
    assert minimal_service.run(code) == message


def test_a_breaking_change_is_reported_at_its_path_in_the_document(
    full_copy: ReviewedService,
) -> None:
    snapshot = full_copy.review("openapi")
    assert (snapshot.status, snapshot.stderr) == (0, "")
    assert full_copy.review().stdout == "Nothing found.\n"
    router = full_copy.folder / "app/features/market_data/router.py"
    text = router.read_text("utf-8")
    router.write_text(text.replace('.delete(\n    "/symbols/{', '.put(\n    "/symbols/{'), "utf-8")
    lines = (full_copy.folder / "openapi.json").read_text("utf-8").splitlines()
    line = lines.index('    "/api/v1/symbols/{ticker}": {') + 1
    result = full_copy.review("--format", "json")
    assert places(result) == [("openapi.json", line, "breaking-change")]
    full_copy.write("openapi.json", "[]")
    assert "regenerate it with `make openapi`" in full_copy.review().stdout
