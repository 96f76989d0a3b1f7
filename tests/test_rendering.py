import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import copier
import pytest
import yaml

from scripts.rendering import ROOT, generate_service
from tests.conftest import Render
from tests.services import ruff, tree
from tests.toggles import EVERY_STATE, EXAMPLE, TOGGLES, every_combination

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
ANSWERS_FILE = "{{_copier_conf.answers_file}}.jinja"


def repository_files() -> Iterator[Path]:
    """Return the tracked files, and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return (ROOT / path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file())


def template_paths(template: Path) -> list[str]:
    folder = template / "template"
    return [str(path.relative_to(folder)) for path in folder.rglob("*")]


def test_copier_renders_the_template_without_trust(template: Path, tmp_path: Path) -> None:
    copier.run_copy(str(template), tmp_path / "service", defaults=True, quiet=True, unsafe=False)
    assert (tmp_path / "service/pyproject.toml").is_file()


def test_rendering_twice_gives_the_same_bytes(template: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        generate_service(tmp_path / name, template=template)
    assert tree(tmp_path / "one") == tree(tmp_path / "other")


def test_no_path_holds_jinja_except_the_answers_file(template: Path) -> None:
    assert [path for path in template_paths(template) if "{" in path] == [ANSWERS_FILE]


def test_at_most_15_files_differ_by_answer(template: Path) -> None:
    assert len([path for path in template_paths(template) if path.endswith(".jinja")]) <= 15


def test_a_file_that_is_no_template_holds_no_jinja(template: Path) -> None:
    others = {".github", "templates"}  # GitHub's expressions, and e-mail templates
    for path in (template / "template").rglob("*"):
        if path.is_file() and path.suffix != ".jinja" and not others & set(path.parts):
            assert b"{%" not in path.read_bytes(), path


def test_the_template_passes_ruff_where_it_lies(template: Path) -> None:
    ruff("check", cwd=template / "template")
    ruff("format", "--check", cwd=template / "template")


@pytest.mark.parametrize(
    "answers",
    [
        *({"python_version": python} for python in PYTHONS),
        *EVERY_STATE,
    ],
    ids=str,
)
def test_every_rendering_is_as_ruff_would_format_it(
    render: Render, answers: dict[str, object]
) -> None:
    service = render(**answers)
    ruff("check", cwd=service)
    ruff("format", "--check", cwd=service)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("project_name", "Another Name"),
        ("project_slug", "another-name"),
        ("description", "Another purpose."),
        ("author_name", "Another Author"),
        ("author_email", "another@example.com"),
        ("python_version", "3.12"),
        ("example", "none"),
        *((toggle, True) for toggle in TOGGLES),
    ],
)
def test_each_question_changes_something(render: Render, question: str, answer: object) -> None:
    usual, other = tree(render()), tree(render(**{question: answer}))
    changed = {path for path in usual | other if usual.get(path) != other.get(path)}
    assert changed - {".copier-answers.yml"}


def test_the_list_above_holds_every_question(render: Render) -> None:
    answers = yaml.safe_load((render() / ".copier-answers.yml").read_text("utf-8"))
    (mark,) = [
        mark
        for mark in test_each_question_changes_something.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    ]
    assert {question for question, _ in mark.args[1]} == set(answers) - {"_src_path"}


def test_without_the_example_nothing_of_it_is_left(render: Render) -> None:
    for path, content in tree(render(example="none")).items():
        if not path.startswith(".copier"):
            assert b"market_data" not in content, path


def test_the_commands_shown_at_the_end_lead_into_the_service(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    service = tmp_path / "it's $HOME; a `service`"
    copier.run_copy(str(template), service, defaults=True)
    shown = capfd.readouterr().err.partition("Run these commands next:")[2]
    commands = [line.strip() for line in shown.splitlines() if line.startswith("  ")]
    assert commands == [f"cd {shlex.quote(str(service))}", "make setup", "make dev"]
    dry_run = "\n".join([commands[0], *(f"{command} --dry-run" for command in commands[1:])])
    subprocess.run(["sh", "-eu"], input=dry_run, text=True, cwd="/", check=True)


@pytest.mark.parametrize("switched", [*every_combination()], ids=str)
def test_the_example_of_a_dotenv_file_explains_every_setting(
    render: Render, switched: dict[str, bool]
) -> None:
    service = render(example=EXAMPLE, **switched)
    settings = {
        field.target.id.upper()
        for path in (service / "app").rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.endswith("Settings")
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }
    example = (service / ".env.example").read_text("utf-8")
    explained = set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE))
    assert explained == settings - {"REQUIRED_IN_PRODUCTION", "REPLACES"}


@pytest.mark.parametrize("switched", [*every_combination()], ids=str)
def test_compose_passes_every_setting_of_the_dotenv_file(
    render: Render, switched: dict[str, bool]
) -> None:
    service = render(example=EXAMPLE, **switched)
    compose = yaml.safe_load((service / "compose.yaml").read_text("utf-8"))
    example = (service / ".env.example").read_text("utf-8")
    explained = set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE))
    images = [part for part in compose["services"].values() if "build" in part]
    assert len(images) == 3  # the service, its worker, its migrations
    for part in images:
        assert part["env_file"] == [{"path": ".env", "required": False}]
        assert set(part["environment"]) <= explained
    # A value that is set here wins over the file, so it must be this machine's or be passed on.
    fixed = {name for name, value in part["environment"].items() if f"{{{name}:" not in value}
    here = {"ENVIRONMENT", "DATABASE_URL", "MIGRATION_DATABASE_URL", "DATABASE_POOLER"}
    here |= {"HOST", "PORT"}
    assert fixed == here | {"JOBS_IN_PROCESS"} | ({"REDIS_URL"} if switched["redis"] else set())


def test_the_repository_names_no_registry_and_no_path_of_a_machine() -> None:
    forbidden = re.compile(
        rb"python[h]osted\.org|py[p]i\.org/(simple|packages)|registry\.npmj[s]|deb\.debia[n]\."
        rb"|(^|[^.a-z])/(home|root|Users|work)/[a-z]"
    )
    for path in repository_files():
        found = forbidden.search(path.read_bytes())
        assert not found, f"{path}: {found}"
