"""What a branch has changed since it left another: committed, staged, or not yet known to git."""

import re
import subprocess
from pathlib import Path

from conventions.configuration import ConfigurationError
from conventions.source import Source

_USUAL_BASES = ("origin/HEAD", "origin/main", "main", "origin/master", "master")
_FILE = re.compile(r"\+\+\+ (?:b/(?P<path>[^\t]*)\t?|/dev/null)$")
_HUNK = re.compile(r"@@ -\S+ \+(?P<start>\d+)(?:,(?P<count>\d+))? @@")


class Changes:
    """The lines of each file that are new or stand where something was removed.

    Args:
        root: The service's folder.
        base: A branch, tag or commit; empty for the usual ones.

    Raises:
        ConfigurationError: There is no git, no repository, or no such base.
    """

    def __init__(self, root: Path, *, base: str) -> None:
        self._root = root
        start = self._start_of(base)
        shape = ("--unified=0", "--no-color", "--no-ext-diff", "--dst-prefix=b/")
        self._lines = _read_diff(self._git("diff", *shape, start, "--"))
        untracked = self._git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
        self._new = set(untracked)

    def touch(self, path: str, line: int, source: Source | None) -> bool:
        """Return whether the line was changed, or the function or class that it is in."""
        if path in self._new:
            return True
        first, last = source.block_at(line) if source else (line, line)
        return any(first <= changed <= last for changed in self._lines.get(path, ()))

    def _start_of(self, base: str) -> str:
        self._git("rev-parse", "--git-dir")
        candidates = (base,) if base else _USUAL_BASES
        for candidate in candidates:
            if self._asked("rev-parse", "--verify", "--quiet", f"{candidate}^{{commit}}"):
                return self._merge_base(candidate)
        names = ", ".join(candidates)
        message = f"git knows no {names} here: name a branch, or fetch it (`git fetch origin main`)"
        raise ConfigurationError(message)

    def _merge_base(self, base: str) -> str:
        if found := self._asked("merge-base", base, "HEAD"):
            return found
        message = f"git finds nothing that {base} and HEAD share: try `git fetch --unshallow`"
        raise ConfigurationError(message)

    def _git(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            message = f"`git {' '.join(arguments)}` failed: {done.stderr.strip()}"
            raise ConfigurationError(message)
        return done.stdout

    def _asked(self, *arguments: str) -> str:
        done = self._run(*arguments)
        return "" if done.returncode else done.stdout.strip()

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
            message = "git is not installed, so that nobody knows what changed; review all"
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
