"""The findings of the base of a branch, so that a review reports only new ones.

The base is the commit where the branch began. Its files are checked out into a temporary folder and
reviewed in another process, with the rules and settings of the branch: a finding is new because the
code changed, not because a rule did.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from conventions.configuration import ConfigurationError

_USUAL_BASES = ("origin/HEAD", "origin/main", "main", "origin/master", "master")
_OF_THE_BRANCH = ("conventions", "house_rules", "pyproject.toml", "ruff.toml", ".squawk.toml")
_COMMAND = (sys.executable, "-m", "conventions", "review", "--format", "json", "--fail-on", "never")


@dataclass(frozen=True)
class BaseReview:
    """The review of a base.

    Attributes:
        fingerprints: Those of its findings.
        gap: The reason why it is incomplete, so that old findings may be reported; else empty.
    """

    fingerprints: frozenset[str] = frozenset()
    gap: str = ""


class RunningReview:
    """A review of the base that runs while the branch is reviewed.

    Args:
        folder: The service, checked out; one without `app/` has no findings.
        name: The name of the base, for messages.
    """

    def __init__(self, folder: Path, *, name: str) -> None:
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None
        if (folder / "app").exists():
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(_COMMAND, cwd=folder, stdout=pipe, stderr=pipe)

    def result(self) -> BaseReview:
        """Wait for the review, and return it."""
        if self._process is None:
            return BaseReview()
        output, errors = self._process.communicate()
        try:
            document = json.loads(output)
        except ValueError:
            lines = errors.decode(errors="replace").strip().splitlines()
            return BaseReview(gap=self._gap(lines[-1] if lines else "no output"))
        fingerprints = frozenset(each["fingerprint"] for each in document["findings"])
        incomplete = document["incomplete"]
        return BaseReview(fingerprints, self._gap(incomplete) if incomplete else "")

    def stop(self) -> None:
        """Kill the review if it still runs."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    def _gap(self, reason: str) -> str:
        text = reason.rstrip(".")
        return f"old findings may be among these, since {self._name} was not wholly reviewed: {text}"


@contextmanager
def reviewing_base(root: Path, *, base: str) -> Iterator[RunningReview]:
    """Review the base of the present branch in another process.

    Args:
        root: The service's folder.
        base: A branch, tag or commit; empty for the usual names.

    Raises:
        ConfigurationError: git, the repository or the base is missing.
    """
    name, commit = _find_base(root, base)
    with TemporaryDirectory(prefix="review-base-") as folder:
        running = RunningReview(_check_out(root, commit, Path(folder)), name=name)
        try:
            yield running
        finally:
            running.stop()


def _check_out(root: Path, commit: str, folder: Path) -> Path:
    """Write the files of a commit into a folder; return that of the service in it."""
    index = {"GIT_INDEX_FILE": str(folder / "index")}  # the user's index stays as it is
    _git(root, "read-tree", commit, environment=index)
    tree = folder / "tree"
    _git(root, "checkout-index", "--all", "--quiet", f"--prefix={tree}/", environment=index)
    service = tree / _git(root, "rev-parse", "--show-prefix")
    for name in _OF_THE_BRANCH if service.exists() else ():
        _replace(root / name, service / name)
    return service


def _replace(new: Path, old: Path) -> None:
    if old.is_dir():
        shutil.rmtree(old)
    if new.is_dir():
        shutil.copytree(new, old)
    elif new.exists():
        shutil.copy2(new, old)
    else:
        old.unlink(missing_ok=True)


def _find_base(root: Path, base: str) -> tuple[str, str]:
    """Return the name of the base, and the commit where the branch began."""
    _git(root, "rev-parse", "--git-dir")
    candidates = (base,) if base else _USUAL_BASES
    for candidate in candidates:
        if _runs(root, "rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}"):
            if found := _runs(root, "merge-base", candidate, "HEAD"):
                return candidate, found
            message = f"{candidate} and HEAD have no common commit: run `git fetch --unshallow`"
            raise ConfigurationError(message)
    names = ", ".join(candidates)
    message = f"git finds no branch {names}: pass another, or run `git fetch origin main`"
    raise ConfigurationError(message)


def _git(root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    result = _start_git(root, *arguments, environment=environment or {})
    if result.returncode:
        message = f"`git {' '.join(arguments)}` failed: {result.stderr.strip()}"
        raise ConfigurationError(message)
    return result.stdout.strip()


def _runs(root: Path, *arguments: str) -> str:
    """Return the output of a git command; empty if it fails."""
    result = _start_git(root, *arguments, environment={})
    return "" if result.returncode else result.stdout.strip()


def _start_git(
    root: Path, *arguments: str, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            env={**os.environ, **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError as error:
        message = "git is not installed; install it, or review the whole service"
        raise ConfigurationError(message) from error
