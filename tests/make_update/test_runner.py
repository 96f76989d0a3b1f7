"""`devtools/plumbline.py` of a service runs the program of the template's newest release."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devtools import plumbline as runner
from scripts.rendering import ROOT, service_environment
from tests.history import git, tag_all
from tests.rewriting import write

PROGRAM = """\
import json, os, sys

def main():
    print(json.dumps({"release": RELEASE, "arguments": sys.argv[1:], "folder": os.getcwd(),
        "environment": dict(os.environ), "piped": not sys.stdin.isatty()}))
    sys.exit(3)
"""
PROJECT = """\
[project]
name = "plumbline"
version = "1"

[project.scripts]
plumbline = "plumbline:main"

[build-system]
requires = ["hatchling>=1.27,<2"]
build-backend = "hatchling.build"

[tool.uv]
cache-keys = [{ file = "plumbline/**" }]
"""


@pytest.fixture(scope="module")
def small_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A template whose program prints how it was started; releases 0.9, 0.10 and 1.0rc1."""
    folder = tmp_path_factory.mktemp("templates") / "our template"
    folder.mkdir()
    git(folder, "init", "--quiet")
    write(folder / "pyproject.toml", PROJECT)
    for release in ("0.10", "0.9", "1.0rc1"):
        write(folder / "plumbline/__init__.py", f"RELEASE = '{release}'\n{PROGRAM}")
        tag_all(folder, release)
    return folder


@pytest.fixture
def service(small_template: Path, tmp_path: Path) -> Path:
    """The parts of a service that run the program, in a subfolder of a larger repository."""
    folder = tmp_path / "all services/my service"
    for name in ("Makefile", "devtools/__init__.py", "devtools/plumbline.py"):
        write(folder / name, (ROOT / "template" / name).read_text("utf-8"))
    write(folder / "project.mk", "")
    write(folder / ".copier-answers.yml", f"_commit: '0.9'\n_src_path: {small_template}\n")
    git(folder.parent, "init", "--quiet")
    return folder


def run(
    service: Path, *arguments: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the runner, from the service's folder if no other is given."""
    return subprocess.run(
        [sys.executable, service / "devtools/plumbline.py", *arguments],
        cwd=cwd or service,
        env={**service_environment(), "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def make(service: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run make in the folder above the service; return its status and its output."""
    done = subprocess.run(
        ["make", "-C", service.name, *arguments],
        cwd=service.parent,
        env={**service_environment(), "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def started(output: str) -> dict[str, Any]:
    """Return the line that the program printed."""
    return json.loads(next(line for line in output.splitlines() if line.startswith("{")))


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ("gh:some/template", "gh:some/template"),
        ("'git@host:some/template'", "git@host:some/template"),
        ("'/srv/it''s: here'", "/srv/it's: here"),
        ('"/srv/\\xfcber \\u00e4 \\"x\\""', '/srv/über ä "x"'),
        ("/srv/a long path\n  that is folded", "/srv/a long path that is folded"),
        ("'/srv/a long path\n    that is folded'", "/srv/a long path that is folded"),
        ("", ""),
    ],
)
def test_the_address_is_read_from_the_answers(line: str, source: str) -> None:
    text = f"# Copier's\n_commit: 1.0\n_src_path: {line}\ndescription: '_src_path: no'\n"
    assert runner.read_source(text) == source


def test_answers_without_an_address_have_none() -> None:
    assert runner.read_source("_commit: 1.0\nother_src_path: /srv\n") == ""


@pytest.mark.parametrize(
    ("source", "address", "package"),
    [
        ("gh:some/template", "https://github.com/some/template.git", ""),
        ("gh:/some/template.git", "https://github.com/some/template.git", ""),
        ("gl:some/deep/template", "https://gitlab.com/some/deep/template.git", ""),
        ("https://host/template/", "https://host/template/", "git+https://host/template"),
        ("https://me:token@host/x.git", "https://me:token@host/x.git", ""),
        ("git+https://host/template", "https://host/template", ""),
        ("ssh://git@host:22/x.git", "ssh://git@host:22/x.git", ""),
        ("git+ssh://git@host/x", "ssh://git@host/x", ""),
        ("git@host:some/x.git", "git@host:some/x.git", "git+ssh://git@host/some/x.git"),
        ("git@host:/srv/x.git", "git@host:/srv/x.git", "git+ssh://git@host/srv/x.git"),
        ("file:///srv/my x", "file:///srv/my x", "git+file:///srv/my%20x"),
        ("git+file:///srv/my%20x", "file:///srv/my%20x", "git+file:///srv/my%20x"),
        ("/srv/my x@ü#1%", "/srv/my x@ü#1%", "git+file:///srv/my%20x%40%C3%BC%231%25"),
        ("~/x", f"{Path.home()}/x", f"git+file://{Path.home()}/x"),
    ],
)
def test_an_address_of_copiers_is_one_of_gits_and_of_uvs(
    source: str, address: str, package: str
) -> None:
    assert runner.git_address(source) == address
    assert runner.package_address(address) == (package or f"git+{address}")


@pytest.mark.parametrize("source", ["template", "../template", "./a/b", ".", ""])
def test_a_relative_path_is_no_address(source: str) -> None:
    assert runner.git_address(source) == ""


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        (["0.9", "0.10", "0.2"], "0.10"),
        (["0.9.10", "0.9.9", "0.9"], "0.9.10"),
        (["v1.0.0", "v1.1.0", "0.9"], "v1.1.0"),
        (["1.0", "2.0rc1", "2.0a1", "2.0.dev3"], "1.0"),
        (["2.0a2", "2.0b1", "2.0.dev3", "2.0rc1", "2.0rc10", "2.0rc9"], "2.0rc10"),
        (["2.0-beta.2", "2.0-beta.1", "2.0a9"], "2.0-beta.2"),
        (["1.0", "1.0.post1"], "1.0.post1"),
        (["before-update-2", "nightly", "9.0-old", "release-9", "1.0"], "1.0"),
        (["nightly"], None),
        ([], None),
    ],
)
def test_the_newest_release_is_the_greatest_final_version(
    tags: list[str], newest: str | None
) -> None:
    assert runner.newest_release(tags) == newest
    assert runner.newest_release(reversed(tags)) == newest


def test_make_runs_the_newest_release_in_the_services_folder(service: Path) -> None:
    status, output = make(service, "update-check", GIT_DIR="/no/where", VIRTUAL_ENV="/no/where")
    assert status == 2, output
    seen = started(output)
    assert (seen["release"], seen["arguments"], seen["folder"]) == ("0.10", ["check"], str(service))
    assert not {"GIT_DIR", "MAKEFLAGS", "MAKELEVEL", "VIRTUAL_ENV"} & seen["environment"].keys()
    assert Path(seen["environment"]["UV"]).is_file()


def test_its_status_is_the_programs_wherever_it_is_started(service: Path) -> None:
    done = run(service, "check", cwd=Path("/"))
    assert done.returncode == 3, done.stderr
    assert started(done.stdout)["folder"] == str(service)
    assert done.stderr == ""


def test_a_checkout_replaces_the_release_with_its_uncommitted_changes(
    service: Path, small_template: Path, tmp_path: Path
) -> None:
    checkout = tmp_path / "a checkout"
    shutil.copytree(small_template, checkout)
    write(service / ".copier-answers.yml", "")
    for release in ("mine", "mine, edited"):
        write(checkout / "plumbline/__init__.py", f"RELEASE = {release!r}\n{PROGRAM}")
        done = run(service, "update", PLUMBLINE_FROM=str(checkout))
        assert started(done.stdout)["release"] == release, done.stderr


@pytest.mark.parametrize(
    ("target", "arguments"),
    [
        (["update"], ["update"]),
        (["update", "to=1.0", "accept=all"], ["update", "--to", "1.0", "--accept", "all"]),
        (["update", 'accept=it\'s "a",b c'], ["update", "--accept", 'it\'s "a",b c']),
        (["update-preview", "to=1.0"], ["preview", "--to", "1.0"]),
        (["update-finish"], ["finish"]),
        (["update-finish", "accept=README.md"], ["finish", "--accept", "README.md"]),
        (["switch", "on=paddle"], ["switch", "--on", "paddle"]),
        (
            ["switch", "off=paddle", "data=drop", "to=my data", "accept=all"],
            [
                *("switch", "--off", "paddle", "--data", "drop"),
                *("--export-to", "my data", "--accept", "all"),
            ],
        ),
        (["answer", "python_version=3.12"], ["answer", "python_version=3.12"]),
    ],
)
def test_make_hands_its_variables_to_the_program(
    service: Path, small_template: Path, target: list[str], arguments: list[str]
) -> None:
    status, output = make(service, *target, PLUMBLINE_FROM=str(small_template))
    assert status == 2, output
    assert started(output)["arguments"] == arguments


@pytest.mark.parametrize(
    "value",
    [
        "",
        "two  words ",
        'it\'s "quoted" `twice`',
        "a=b := c",
        "Grüße, 世界",
        "back\\slash \\\\ at the end\\",
        "a\ttab",
        "two\nlines=2",
        "-- dashes=1 --",
        "# hash; date && (date) | * ~",
    ],
)
def test_make_answer_hands_over_any_value(service: Path, small_template: Path, value: str) -> None:
    given = {f"description={value}", "author_name=Zoë Müller", "redis=true"}
    status, output = make(service, "-j2", "answer", *given, PLUMBLINE_FROM=str(small_template))
    assert status == 2, output
    command, *answers = started(output)["arguments"]
    assert command == "answer"
    assert set(answers) == given
    assert len(answers) == len(given)


@pytest.mark.parametrize("value", ["$", "$5", "a$b$", "$(no", "100$$"])
def test_a_dollar_is_makes_own_and_harmless(
    service: Path, small_template: Path, value: str
) -> None:
    _, output = make(service, "answer", f"description={value}", PLUMBLINE_FROM=str(small_template))
    assert "Traceback" not in output
    assert '"answer", "description=' in output or "unterminated variable reference" in output


def test_make_answer_without_an_answer_says_how_to_give_one(service: Path) -> None:
    status, output = make(service, "answer")
    assert status == 2
    assert "Give the answers to change: make answer python_version=3.13\n" in output
    assert run(service, "answer").returncode == 2


def without_an_answers_file(service: Path) -> None:
    (service / ".copier-answers.yml").unlink()


def source(line: str) -> Callable[[Path], None]:
    return lambda service: write(service / ".copier-answers.yml", f"_commit: '1'\n{line}\n")


def without_releases(service: Path) -> None:
    git(service.parent, "commit", "--quiet", "--allow-empty", "--message", "Mine")
    git(service.parent, "tag", "nightly")
    source(f"_src_path: {service.parent}")(service)


def without_a_program(service: Path) -> None:
    without_releases(service)
    git(service.parent, "tag", "1.0")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (without_an_answers_file, ".copier-answers.yml cannot be read: No such file or directory"),
        (source(""), ".copier-answers.yml has no address of the template. Write the address"),
        (source("_src_path: ../x"), "has the relative path `../x`. Write the address, or an"),
        (source("_src_path: /no/where"), "fatal: '/no/where' does not appear to be a git repos"),
        (source("_src_path: https://no.invalid/x"), "fatal: unable to access 'https://no.invali"),
        (source("_src_path: --upload-pack=x:y"), "fatal: strange hostname '--upload-pack=x'"),
        (without_releases, "has no release: none of its tags is a version."),
        (without_a_program, "error: Failed to resolve tool requirement\n"),
    ],
)
def test_a_failure_has_a_reason(service: Path, spoil: Callable[[Path], None], reason: str) -> None:
    spoil(service)
    failed = run(service, "check")
    assert reason in failed.stderr
    assert "Traceback" not in failed.stderr
    by_uv = spoil is without_a_program
    assert (failed.returncode, failed.stdout) == ((1, "") if by_uv else (2, "update-due=unknown\n"))


def test_the_reason_of_git_is_first_and_the_next_step_last(service: Path) -> None:
    source("_src_path: /no/where")(service)
    lines = run(service, "update").stderr.splitlines()
    assert lines[0].startswith("fatal: '/no/where' does not appear to be a git repository")
    assert lines[-1] == (
        "The template at /no/where cannot be reached, see above. Check the network, and `_src_path`"
        " in .copier-answers.yml."
    )


def test_a_missing_program_is_named(service: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    missing = run(service, "update", PATH=str(tmp_path / "bin"), UV=str(tmp_path / "uv"))
    assert (missing.returncode, missing.stderr.split(". ")[0]) == (2, "uv was not found")
    (tmp_path / "uv").symlink_to(str(shutil.which("uv", path=service_environment()["PATH"])))
    missing = run(service, "update", PATH=str(tmp_path / "bin"), UV=str(tmp_path / "uv"))
    assert (missing.returncode, missing.stderr.split(". ")[0]) == (2, "git was not found")


def test_the_release_of_this_repository_has_the_program(service: Path, history: Path) -> None:
    source(f"_src_path: {history}")(service)
    shown = run(service, "--version")
    assert shown.stdout.startswith("0."), shown.stderr
