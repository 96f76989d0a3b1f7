"""A release is complete or has not happened."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from scripts.archives import (
    ARCHIVES,
    SHIPPED,
    archive_of,
    released_versions,
    unpack_release,
)
from scripts.release import (
    CHANGELOG,
    UPGRADING,
    Refused,
    archive,
    next_version,
    reasons_against,
    release,
)
from scripts.rendering import ROOT
from tests.history import git
from tests.releasing.small_template import FILES, TODAY
from tests.rewriting import replace, write
from tests.services import tree
from tests.updating import changed, commit


def test_a_release_is_two_commits_a_tag_an_archive_and_dated_notes(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert release(repository, next_version(repository), today=TODAY) == "main"
    assert changed(repository) == set()
    assert git(repository, "rev-parse", "0.2.0^") == head
    assert git(repository, "rev-parse", "HEAD^") == git(repository, "rev-parse", "0.2.0")
    assert git(repository, "log", "--format=%s", "-2") == "Begin 0.3.0.dev0\nRelease 0.2.0\n"
    tagged = git(repository, "show", "0.2.0:pyproject.toml")
    assert tagged == FILES["pyproject.toml"].replace("0.2.0.dev0", "0.2.0")
    assert next_version(repository) == "0.3.0"
    changelog, upgrading = (
        (repository / path).read_text("utf-8") for path in (CHANGELOG, UPGRADING)
    )
    assert "## Unreleased\n\n## 0.2.0 - 2027-01-31\n\n### Added\n\n- More.\n\n## 0.1.0" in changelog
    assert "## Unreleased\n\n## 0.2.0\n\nNothing to do by hand.\n\n## 0.1.0" in upgrading
    subprocess.run(["sha256sum", "--check", "checksums.txt"], cwd=repository / ARCHIVES, check=True)
    assert released_versions(repository) == ["0.1.0", "0.2.0"]
    for path in SHIPPED:
        assert git(repository, "diff", "--stat", "0.1.0", "0.2.0", "--", path) == ""


def test_a_second_release_follows_the_first(repository: Path) -> None:
    release(repository, "0.2.0", today=TODAY)
    assert list(reasons_against(repository, "0.3.0")) == [
        "CHANGELOG.md lists nothing under Unreleased: describe the changes for users."
    ]
    replace(repository / CHANGELOG, "Unreleased\n", "Unreleased\n\n- Even more.\n")
    commit(repository, "Work")
    release(repository, "0.3.0rc1", today=TODAY)
    assert next_version(repository) == "0.3.0"


def test_an_archive_holds_what_the_commit_ships_in_the_same_bytes_each_time(
    repository: Path, tmp_path: Path
) -> None:
    write(repository / "template/app/left_behind.pyc", "by a tool")
    assert archive(repository) == archive(repository)
    release_folder = tmp_path / "unpacked"
    (repository / archive_of("0.1.1")).write_bytes(archive(repository))
    unpack_release("0.1.1", release_folder, root=repository)
    shipped = {path: text for path, text in FILES.items() if path.startswith(SHIPPED)}
    assert {p: t.decode() for p, t in tree(release_folder).items() if p in shipped} == shipped
    assert not (release_folder / "template/app/left_behind.pyc").exists()


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("next", "next is no version as PEP 440 has them"),
        ("v0.2.0", "write 0.2.0"),
        ("0.2", None),
        ("0.2.0rc1", None),
        ("0.2.0-rc1", "write 0.2.0rc1"),
        ("0.2.0.dev1", "write 0.2.0"),
        ("0.2.0+here", "0.2.0+here is no version to release"),
        ("0.0.9", "0.0.9 is not newer than 0.1.0"),
        ("0.1.0", "The tag 0.1.0 exists"),
        ("0.1.0", "tests/releases/0.1.0.tar.xz exists"),
    ],
)
def test_only_a_new_version_in_its_one_spelling_is_released(
    repository: Path, version: str, reason: str | None
) -> None:
    reasons = "\n".join(reasons_against(repository, version))
    assert reason in reasons if reason else reasons == ""


def test_a_tag_alone_is_a_release(repository: Path) -> None:
    git(repository, "tag", "0.5.0")
    (reason,) = reasons_against(repository, "0.4.0")
    assert reason == "0.4.0 is not newer than 0.5.0, the last release."


def test_all_problems_are_reported_at_once_and_nothing_is_changed(repository: Path) -> None:
    write(repository / "new.txt", "not committed")
    git(repository, "checkout", "--quiet", "--detach")
    replace(repository / CHANGELOG, "- More.\n", "")
    replace(repository / UPGRADING, "## Unreleased\n", "")
    before = tree(repository)
    with pytest.raises(Refused) as refusal:
        release(repository, "0.1.0", today=TODAY)
    for words in (
        "changes that are not committed",
        "No branch is checked out",
        "The tag 0.1.0 exists",
        "not newer than 0.1.0",
        "CHANGELOG.md lists nothing",
        "UPGRADING.md has no heading `## Unreleased`",
    ):
        assert words in str(refusal.value)
    assert tree(repository) == before


def test_a_transaction_that_git_refuses_changes_nothing(repository: Path) -> None:
    before, head = tree(repository), git(repository, "rev-parse", "HEAD")
    write(repository / ".git/refs/tags/0.2.0.lock", "")
    with pytest.raises(subprocess.CalledProcessError):
        release(repository, "0.2.0", today=TODAY)
    assert (tree(repository), git(repository, "rev-parse", "HEAD")) == (before, head)


def killed_at_every_step(repository: Path, folder: Path) -> Iterator[Path]:
    """Yield copies in which the release was killed at its first command of git, its second, …"""
    real_git = shutil.which("git")
    for step in count(1):
        copy = shutil.copytree(repository, folder / f"killed at {step}")
        wrapper = folder / f"bin {step}" / "git"
        write(
            wrapper,
            f'#!/bin/sh\necho >> "{folder}/calls {step}"\n'
            f'[ "$(wc -l < "{folder}/calls {step}")" -lt {step} ] || {{ kill -9 "$PPID"; exit; }}\n'
            f'exec "{real_git}" "$@"\n',
        )
        wrapper.chmod(0o755)
        code = (
            "from datetime import date; from pathlib import Path; import scripts.release as r;"
            f"r.release(Path({str(copy)!r}), '0.2.0', today=date(2027, 1, 31))"
        )
        path = f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PATH": path}, check=False
        )
        yield copy
        if done.returncode == 0:
            return


def test_a_killed_release_is_complete_or_has_not_happened(repository: Path, tmp_path: Path) -> None:
    head = git(repository, "rev-parse", "main")
    complete = [
        check_whole_or_nothing(copy, head) for copy in killed_at_every_step(repository, tmp_path)
    ]
    assert complete == sorted(complete)
    assert complete.count(True) >= 2  # The last one was not killed; one was, after all was done.
    assert complete.count(False) >= 10


def check_whole_or_nothing(repository: Path, head: str) -> bool:
    """Return whether the release has happened; fails when only half of it has."""
    happened = git(repository, "rev-parse", "main") != head
    assert (git(repository, "tag", "--list", "0.2.0") != "") == happened
    if happened:
        git(repository, "reset", "--quiet", "--hard")
        assert "0.2.0" in released_versions(repository)
    else:
        assert changed(repository) == set()
        release(repository, "0.2.0", today=TODAY)
    assert git(repository, "log", "--format=%s", "-2", "main").endswith("Release 0.2.0\n")
    assert changed(repository) == set()
    return happened


def test_the_command_refuses_in_words() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.release", "0.1.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("0.1.0 is not released:\n  - ")
    assert "Traceback" not in done.stderr
