"""The workflow of a service that opens a pull request for a due update, run with a false `gh`."""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.rendering import ROOT, service_environment
from tests.history import git
from tests.rewriting import write
from tests.updating import commit

WORKFLOW = yaml.safe_load((ROOT / "template/.github/workflows/update.yml").read_text("utf-8"))
BRANCH = "update-to-2.0"
DUE = "Some words.\nupdate-due=yes\nupdate-from=1.0\nupdate-to=2.0"
MAKEFILE = """\
update-check:
	@printf '%s\\n' "$$CHECK"; test "$$CHECK_FAILS" = ''
update:
	@$(UPDATE)
"""
UPDATED = "echo new >made; mkdir .data; echo The report. >.data/update-report.md"
GH = """\
#!/bin/sh
echo "$*" >> "$RUNNER_TEMP/gh.txt"
"""


@dataclass
class Job:
    """The job in a clone of a service.

    Attributes:
        folder: The clone; its remote has the branches that the job pushes.
        temporary: The folder of the runner.
        outputs: The outputs of each step by its id.
    """

    folder: Path
    temporary: Path
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self, **variables: str) -> bool:
        """Run its steps up to the first that fails; return whether all succeeded."""
        return all(self.step(step, variables) for step in steps() if self.is_due(step))

    def is_due(self, step: dict[str, Any]) -> bool:
        """Return whether the condition of a step holds."""
        given, _, wanted = self.insert(
            re.sub(r"(steps\S+)", r"${{ \1 }}", step.get("if", ""))
        ).partition(" == ")
        return given == wanted.strip("'")

    def insert(self, text: str) -> str:
        """Return a text with the outputs of the steps before."""

        def output(found: re.Match[str]) -> str:
            return self.outputs.get(found[1], {}).get(found[2], "")

        return re.sub(r"\$\{\{ steps\.(\w+)\.outputs\.(\w+) \}\}", output, text)

    def step(self, step: dict[str, Any], variables: dict[str, str]) -> bool:
        """Run a step; return whether it succeeded."""
        given = {**WORKFLOW["jobs"]["update"]["env"], **step.get("env", {})}
        written = self.temporary / "output.txt"
        write(written, "")
        environment = {
            **service_environment(),
            "PATH": f"{self.temporary}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_OUTPUT": str(written),
            **{name: self.insert(value) for name, value in given.items()},
            **variables,
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(shell, cwd=self.folder, env=environment, check=False)
        lines = written.read_text("utf-8").splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        return done.returncode == 0

    @property
    def asked(self) -> list[str]:
        """The first words of each command about a pull request."""
        path = self.temporary / "gh.txt"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [" ".join(line.split()[:3]) for line in lines if line.startswith("pr ")]

    @property
    def body(self) -> str:
        """The text of the pull request."""
        return (self.temporary / "body.md").read_text("utf-8")

    def pushed(self) -> set[str]:
        """Return the files of the branch that was pushed."""
        return set(git(self.folder, "ls-tree", "--name-only", f"origin/{BRANCH}").split())


def steps() -> list[dict[str, Any]]:
    """Return the steps of the job that run a command."""
    return [step for step in WORKFLOW["jobs"]["update"]["steps"] if "run" in step]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    service, clone = tmp_path / "service", tmp_path / "clone"
    write(service / "Makefile", MAKEFILE)
    write(service / ".gitignore", ".data/\n")
    git(service, "init", "--quiet", "--initial-branch=main")
    commit(service, "Mine")
    git(tmp_path, "clone", "--quiet", str(service), str(clone))
    write(tmp_path / "temporary/gh", GH)
    (tmp_path / "temporary/gh").chmod(0o755)
    return Job(clone, tmp_path / "temporary")


def test_an_update_without_problems_is_ready_for_review(job: Job) -> None:
    assert job.run(CHECK=DUE, CHECK_FAILS="1", UPDATE=UPDATED)
    assert job.asked == ["pr create --draft", f"pr ready {BRANCH}"]
    assert job.body == "The report.\n"
    assert job.pushed() == {".gitignore", "Makefile", "made"}


def test_an_update_that_fails_is_a_draft_that_begins_with_the_reason(job: Job) -> None:
    assert job.run(CHECK=DUE, CHECK_FAILS="1", UPDATE=f"{UPDATED}; echo In conflict: a >&2; false")
    assert job.asked == ["pr create --draft", "pr ready --undo"]
    assert job.body.startswith(
        "**To be resolved by hand before merging:**\n\n```\nIn conflict: a\n"
    )
    assert job.body.endswith("```\n\nThe report.\n")
    assert "made" in job.pushed()


def test_nothing_happens_if_no_update_is_due(job: Job) -> None:
    assert job.run(CHECK="update-due=no", UPDATE="false")
    assert job.asked == []


@pytest.mark.parametrize("said", ["update-due=unknown", "", "error: Failed to resolve"])
def test_a_check_without_a_result_fails_the_job(job: Job, said: str) -> None:
    assert not job.run(CHECK=said, CHECK_FAILS="1", UPDATE=UPDATED)
    assert job.asked == []


def test_a_refused_update_fails_the_job(job: Job) -> None:
    assert not job.run(CHECK=DUE, CHECK_FAILS="1", UPDATE="echo Refused.; false")
    assert job.asked == []


@pytest.mark.parametrize(("author", "asked"), [("Ada", 0), ("github-actions[bot]", 2)])
def test_a_branch_with_commits_of_others_is_left_alone(job: Job, author: str, asked: int) -> None:
    origin = job.folder.parent / "service"
    git(origin, "switch", "--quiet", "--create", BRANCH)
    git(origin, "commit", "--quiet", "--allow-empty", f"--author={author} <a@b>", "-m", "More")
    git(origin, "switch", "--quiet", "main")
    assert job.run(CHECK=DUE, CHECK_FAILS="1", UPDATE=UPDATED)
    assert len(job.asked) == asked


def test_only_the_steps_that_talk_to_github_have_its_token() -> None:
    job = WORKFLOW["jobs"]["update"]
    talking = [step for step in steps() if re.search(r"\bgh |git (fetch|push)", step["run"])]
    assert [step for step in steps() if "GH_TOKEN" in step.get("env", {})] == talking
    assert len(talking) == 2
    assert "GH_TOKEN" not in job["env"]
    checkout = job["steps"][0]["with"]
    assert (checkout["persist-credentials"], "token" in checkout) == (False, False)
