"""The lines that changed since a branch: committed, staged, unstaged or untracked."""

import re
import subprocess
from pathlib import Path

from conventions.configuration import ConfigurationError
from conventions.source import Source

_USUAL_BASES = ("origin/HEAD", "origin/main", "main", "origin/master", "master")
_FILE = re.compile(r"\+\+\+ (?:b/(?P<path>[^\t]*)\t?|/dev/null)$")
_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")


class ChangedLines:
    """The lines of each file that were added, or where lines were removed.

    Args:
        root: The service's folder.
        base: A branch, tag or commit; empty for the usual names.

    Raises:
        ConfigurationError: git, the repository or the base is missing.
    """

    def __init__(self, root: Path, *, base: str) -> None:
        self._root = root
        start = self._start_of(base)
        options = ("--unified=0", "--no-color", "--no-ext-diff", "--dst-prefix=b/")
        self._lines = _read_diff(self._git("diff", *options, start, "--"))
        untracked = self._git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
        self._untracked = set(untracked)

    def touch(self, path: str, line: int, source: Source | None) -> bool:
        """Return whether a line, or the function or class around it, was changed."""
        if path in self._untracked:
            return True
        first, last = source.block_at(line) if source else (line, line)
        return any(first <= changed <= last for changed in self._lines.get(path, ()))

    def _start_of(self, base: str) -> str:
        self._git("rev-parse", "--git-dir")
        candidates = (base,) if base else _USUAL_BASES
        for candidate in candidates:
            if self._try_git("rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}"):
                return self._merge_base(candidate)
        names = ", ".join(candidates)
        message = f"git finds no branch {names}: pass another, or run `git fetch origin main`"
        raise ConfigurationError(message)

    def _merge_base(self, base: str) -> str:
        if found := self._try_git("merge-base", base, "HEAD"):
            return found
        message = f"{base} and HEAD have no common commit: run `git fetch --unshallow`"
        raise ConfigurationError(message)

    def _git(self, *arguments: str) -> str:
        result = self._run(*arguments)
        if result.returncode:
            message = f"`git {' '.join(arguments)}` failed: {result.stderr.strip()}"
            raise ConfigurationError(message)
        return result.stdout

    def _try_git(self, *arguments: str) -> str:
        result = self._run(*arguments)
        return "" if result.returncode else result.stdout.strip()

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        options = ("-c", "core.quotePath=false", "-c", "diff.relative=true")
        try:
            return subprocess.run(
                ["git", *options, *arguments],
                cwd=self._root,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        except FileNotFoundError as error:
            message = "git is not installed; install it, or review the whole service"
            raise ConfigurationError(message) from error


def _read_diff(diff: str) -> dict[str, list[int]]:
    changed: dict[str, list[int]] = {}
    lines: list[int] = []
    for row in diff.splitlines():
        if file := _FILE.match(row):
            lines = changed.setdefault(file["path"] or "", [])
        elif hunk := _HUNK.match(row):
            start, count = int(hunk["start"]), int(hunk["count"] or 1)
            lines += range(start, start + count) if count else (start, start + 1)
    return changed
