"""The review command as its users run it: what it reads, accepts and refuses."""

import json
import re
import shutil

import pytest

from scripts.rendering import service_environment
from tests.conventions.reviewing import Reviewed, places
from tests.conventions.rough import ROUGH, ROUGH_TEXT
from tests.history import git

pytestmark = pytest.mark.xdist_group("conventions")

PLANTED = '''"""A rule with a patch; two of them can overlap."""

import ast

from conventions.rule import Severity, rule


@rule("planted", keeps="API-1", severity=Severity.CRITICAL, why="W.", fix="F.", wrong="", right="")
def find(service):
    """Find `sleep`."""
    for source in service.sources.under("app/features"):
        for call in source.calls():
            if source.name_of(call.func) == "time.sleep":
                text = f"pause({ast.unparse(call.args[0])})"
                patch = source.replacing(call, text, needs_import="from asyncio import pause")
                yield source.found(call, "It blocks, 100 %.", patch=patch)


@rule("failing", keeps="API-1", severity=Severity.CRITICAL, why="W.", fix="F.", wrong="", right="")
def fail(service):
    """Fail."""
    raise RuntimeError("something of its own")


RULES = (find,)
'''


def plant(service: Reviewed, *, rules: str = "(find,)") -> None:
    """Add rules of our own to the service."""
    service.write("conventions/rules/planted.py", PLANTED.replace("(find,)", rules))
    listed = service.folder / "conventions/rules/__init__.py"
    text = listed.read_text("utf-8").replace('    "tools",\n', '    "planted",\n    "tools",\n')
    listed.write_text(text, "utf-8")


def configure(service: Reviewed, lines: str) -> None:
    project = service.folder / "pyproject.toml"
    text = project.read_text("utf-8")
    project.write_text(f"{text}\n[tool.conventions]\n{lines}\n", "utf-8")


def test_what_is_no_python_is_found_and_the_rest_is_still_reviewed(service: Reviewed) -> None:
    service.write("app/features/market_data/errors.py", '"""Broken."""\n\nraise = 1\n')
    service.write(ROUGH, ROUGH_TEXT)
    answer = service.review("--format", "json")
    assert ("app/features/market_data/errors.py", 3, "broken-code") in places(answer)
    assert (ROUGH, 7, "empty-suppression") in places(answer)
    assert [each for each in places(answer) if each[2] == "unused-suppression"] == []


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
def test_what_cannot_be_loaded_is_a_finding(
    service: Reviewed, path: str, text: str, place: int | None
) -> None:
    service.write(path, text)
    answer = service.review("--format", "json", "--fail-on", "critical")
    assert answer.status == 1
    broken = [each for each in places(answer) if each[2] == "broken-code"]
    assert broken
    assert place is None or broken == [(path, place, "broken-code")]


def test_a_folder_without_a_service_is_told_so(service: Reviewed) -> None:
    shutil.rmtree(service.folder / "app")
    answer = service.review()
    assert answer.status == 1
    assert "critical [broken-code]" in answer.output
    assert "No module named 'app" in answer.output


def test_neither_the_environment_nor_a_dotenv_file_changes_a_review(service: Reviewed) -> None:
    service.write(".env", "ENVIRONMENT=production\nSECRET_KEY=short\nLOG_LEVEL=nonsense\n")
    answer = service.review(ENVIRONMENT="production", DATABASE_URL="mysql://x", REDIS_URL="y")
    assert (answer.status, answer.output) == (0, "Nothing found.\n"), answer.complaint


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("disables = []", "disables is not known; known are baseline, disable, exclude"),
        ('disable = ["no-such-rule"]', "there is no rule 'no-such-rule'; `make explain`"),
        ('severity = { lint = "mild" }', "severity.lint: Input should be 'critical', 'best"),
        ('max-function-lines = "few"', "max-function-lines: Input should be a valid integer"),
        ("disable = [", "pyproject.toml cannot be read"),
    ],
)
def test_a_wrong_configuration_is_refused(service: Reviewed, lines: str, complaint: str) -> None:
    configure(service, lines)
    answer = service.review()
    assert (answer.status, answer.output) == (2, "")
    assert complaint in answer.complaint


def test_the_configuration_leaves_rules_out_and_changes_their_weight(
    service: Reviewed,
) -> None:
    service.write(ROUGH, ROUGH_TEXT)
    service.write("app/features/market_data/generated.py", ROUGH_TEXT)
    rules = 'disable = ["lint", "empty-suppression"]\nexclude = ["app/*/generated.py"]\n'
    configure(service, f'{rules}severity = {{ types = "suggestion" }}')
    answer = service.review("--format", "json")
    assert answer.status == 0
    assert places(answer) == [(ROUGH, 7, "types"), (ROUGH, 9, "unused-suppression")]


def test_a_missing_tool_is_named(plain: Reviewed) -> None:
    code = (
        "import sys; sys.executable = '/nowhere/python'\n"
        "from conventions.tools import Tools\n"
        "try: Tools('.')\nexcept Exception as error: print(error)"
    )
    path = service_environment() | {"PATH": "/nowhere"}
    assert plain.run(code, environment=path) == "ruff is not installed; run `make setup`\n"


def test_only_what_changed_since_a_base_is_reported(service: Reviewed) -> None:
    plant(service)
    old = "from time import sleep\n\n\ndef old() -> None:\n    sleep(1)\n\n\n"
    touched = "def touched() -> None:\n    sleep(2)\n"
    service.write(ROUGH, old + touched)
    git(service.folder, "init", "--quiet", "--initial-branch", "main")
    git(service.folder, "add", "--all")
    git(service.folder, "commit", "--quiet", "--message", "before")
    git(service.folder, "switch", "--quiet", "--create", "feature")
    service.write(ROUGH, old + touched + "    print()\n")
    git(service.folder, "commit", "--quiet", "--all", "--message", "after")
    service.write("app/features/market_data/né w.py", old)
    answer = service.review("--changed", "--format", "json")
    assert [place for place in places(answer) if place[2] == "planted"] == [
        ("app/features/market_data/né w.py", 5, "planted"),
        (ROUGH, 9, "planted"),
    ]
    assert {path for path, _, _ in places(answer)} == {place[0] for place in places(answer)}
    complaint = service.review("--changed", "no-such-branch").complaint
    assert complaint.startswith("git knows no no-such-branch here: name a branch, or fetch it")


def test_without_git_nobody_knows_what_changed(service: Reviewed) -> None:
    answer = service.review("--changed", GIT_CEILING_DIRECTORIES=str(service.folder.parent))
    assert answer.status == 2
    assert "not a git repository" in answer.complaint
    answer = service.review("--changed", PATH="/nowhere")
    assert (answer.status, answer.complaint[:20]) == (2, "git is not installed")


def test_a_baseline_accepts_what_is_there_until_it_is_gone(service: Reviewed) -> None:
    service.write(ROUGH, ROUGH_TEXT)
    answer = service.review("baseline")
    assert answer.status == 0
    assert "are in conventions-baseline.json now" in answer.output
    moved = ROUGH_TEXT.replace("import os, sys", "\n\nimport os, sys")
    service.write(ROUGH, moved)
    assert service.review().output == "Nothing found.\n"
    service.write(ROUGH, moved.replace("size: int", "size: str"))
    answer = service.review("--format", "json")
    assert {rule for _, _, rule in places(answer)} == {"stale-baseline", "empty-suppression"}
    [stale] = [each for each in answer.document["findings"] if each["rule"] == "stale-baseline"][:1]
    listed = (service.folder / stale["path"]).read_text("utf-8").splitlines()[stale["line"] - 1]
    assert json.loads(listed.rstrip(","))["content"].startswith('size: int = "3"')


def test_fixing_applies_patches_and_does_nothing_the_second_time(service: Reviewed) -> None:
    plant(service)
    service.write(
        ROUGH, '"""Rough."""\n\nfrom time import sleep\n\nsleep(sleep(1))\né = sleep(2)\n'
    )
    answer = service.review("--fix", "--format", "markdown")
    assert f"{ROUGH}: applied 2 of 3" in answer.complaint
    assert "## Proposed patches" in answer.output
    assert "\n-sleep(pause(1))\n+pause(pause(1))\n" in answer.output
    service.review("--fix")
    fixed = (service.folder / ROUGH).read_text("utf-8")
    assert "from asyncio import pause\nfrom time import sleep\n" in fixed
    assert "\npause(pause(1))\né = pause(2)\n" in fixed
    answer = service.review("--fix", "--format", "json")
    assert "applied" not in answer.complaint
    assert (service.folder / ROUGH).read_text("utf-8") == fixed


def test_a_rule_that_fails_is_named_and_the_others_still_run(service: Reviewed) -> None:
    plant(service, rules="(fail, find)")
    service.write(ROUGH, "from time import sleep\n\nsleep(1)\n")
    answer = service.review("--format", "json")
    assert answer.status == 2
    assert answer.document["crashes"] == ["failing: RuntimeError: something of its own"]
    assert (ROUGH, 3, "planted") in places(answer)


def test_rules_are_listed_and_explained(plain: Reviewed) -> None:
    listed = plain.review("list")
    assert re.search(r"^CODE-2 .+\n(    .+\n)*    rule `lint`$", listed.output, re.MULTILINE)
    explained = plain.review("explain", "lint").output
    assert all(f"\n{part}:" in explained for part in ("Why", "Fix", "Wrong", "Right"))
    unknown = plain.review("explain", "no-such-rule")
    assert unknown.status == 2
    assert unknown.complaint == "There is no rule 'no-such-rule'; `make explain` lists them.\n"


def test_a_report_that_cannot_be_written_is_an_error(plain: Reviewed) -> None:
    code = (
        "from pathlib import Path; from conventions.__main__ import _write\n"
        "try: _write('report', Path('none/report'))\nexcept Exception as error: print(error)"
    )
    complaint = "the report cannot be written to none/report: No such file or directory\n"
    assert plain.run(code) == complaint


def test_what_breaks_the_committed_document_is_found_where_it_is(copy: Reviewed) -> None:
    promised = copy.review("openapi")
    assert (promised.status, promised.complaint) == (0, "")
    assert copy.review().output == "Nothing found.\n"
    router = copy.folder / "app/features/market_data/router.py"
    text = router.read_text("utf-8")
    router.write_text(text.replace('.delete(\n    "/symbols/{', '.put(\n    "/symbols/{'), "utf-8")
    lines = (copy.folder / "openapi.json").read_text("utf-8").splitlines()
    line = lines.index('    "/api/v1/symbols/{ticker}": {') + 1
    answer = copy.review("--format", "json")
    assert places(answer) == [("openapi.json", line, "breaking-change")]
    copy.write("openapi.json", "[]")
    assert "write it anew with `make openapi`" in copy.review().output
