"""Workflows and the Dockerfile: what zizmor, actionlint and hadolint find, and what they pin."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.rendering import ROOT, generate_service
from tests.toggles import ALL_PAIRS, Answers

VERSIONS = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8").split("\n---\n")[-1])[
    "python_version"
]["choices"]
# Every state of the toggles, and every Python at least once.
SERVICES = [
    answers | {"python_version": VERSIONS[number % len(VERSIONS)]}
    for number, answers in enumerate(ALL_PAIRS)
]
NAMES = [" ".join(str(answer) for answer in answers.values()) for answers in SERVICES]


@pytest.fixture(scope="module", params=[None, *SERVICES], ids=["this repository", *NAMES])
def repository(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository, or a service."""
    answers: Answers | None = request.param
    if answers is None:
        return ROOT
    folder = tmp_path_factory.mktemp("service")
    generate_service(folder, answers=answers)
    return folder


def run(*command: str | Path, folder: Path) -> None:
    """Run a tool; fail with all that it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing(repository: Path) -> None:
    run("zizmor", "--offline", "--no-progress", ".github", folder=repository)


@pytest.mark.skipif(
    not (shutil.which("actionlint") or os.environ.get("ACTIONLINT_REQUIRED")),
    reason="actionlint is not installed: no package of Python holds it; CI installs it",
)
def test_actionlint_finds_nothing(repository: Path) -> None:
    workflows = sorted((repository / ".github/workflows").iterdir())
    run("actionlint", *workflows, folder=repository)


def test_hadolint_finds_nothing(repository: Path) -> None:
    if repository == ROOT:
        pytest.skip("this repository builds no image")
    run("hadolint", "Dockerfile", folder=repository)


def test_every_action_and_image_is_pinned_by_hash_with_its_version(repository: Path) -> None:
    workflows = (repository / ".github/workflows").iterdir()
    actions = [
        line
        for path in workflows
        for line in re.findall(r"uses: ([^.\s].*)", path.read_text("utf-8"))
    ]
    assert actions
    assert [a for a in actions if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", a)] == []
    if repository != ROOT:
        images = re.findall(r"FROM (\S+:\S+)", (repository / "Dockerfile").read_text("utf-8"))
        assert [i for i in images if re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", i)]
        assert len(images) == 1


def test_the_bot_leaves_the_workflows_of_the_template_to_its_updates(repository: Path) -> None:
    bot = yaml.safe_load((repository / ".github/dependabot.yml").read_text("utf-8"))
    kinds = {update["package-ecosystem"]: update for update in bot["updates"]}
    assert "github-actions" in kinds
    if repository != ROOT:
        assert kinds.keys() == {"docker", "github-actions", "uv"}
        workflows = {f".github/workflows/{name}" for name in ("checks.yml", "update.yml")}
        assert set(kinds["github-actions"]["exclude-paths"]) == workflows


def test_the_template_and_this_repository_pin_the_same_versions() -> None:
    pins: dict[str, set[str]] = {}
    for folder in (ROOT, ROOT / "template"):
        for path in (folder / ".github/workflows").iterdir():
            for action, pin in re.findall(r"uses: ([^.@\s]+)@(.+)", path.read_text("utf-8")):
                pins.setdefault(action, set()).add(pin)
    assert {action: found for action, found in pins.items() if len(found) > 1} == {}
