"""The review command: configuration, suppressions, baseline, changes, patches and errors."""

import re
import shutil

import pytest

from scripts.rendering import service_environment
from tests.conventions.invalid_file import INVALID_PATH, INVALID_TEXT
from tests.conventions.reviewing import ReviewedService, places

pytestmark = pytest.mark.xdist_group("conventions")


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
            "the keys are bans, baseline, disable, effects, exclude, fail-on",
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
        "from pathlib import Path; from conventions.tools import Tools\n"
        "try: Tools(Path('.'))\nexcept Exception as error: print(error)"
    )
    path = service_environment() | {"PATH": "/nowhere"}
    assert (
        minimal_service.run(code, environment=path) == "ruff is not installed; run `make setup`\n"
    )


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
