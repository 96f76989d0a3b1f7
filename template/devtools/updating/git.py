"""The service's git repository, read and written by plumbing commands."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from devtools.updating.errors import UpdateError

# Set by a hook that runs this program, for a repository of its own. Hooks are for real commits.
_NOT_INHERITED = (
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)
_GIT = ("git", "--literal-pathspecs", "-c", f"core.hooksPath={os.devnull}")
_FOLDER_IN_TREE = "160000"  # The mode of a submodule, which has no content here.


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which git works on the repository of its working folder."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", **more}


@dataclass(frozen=True)
class Repository:
    """A service in git: the whole repository, or a subfolder of one.

    Attributes:
        folder: The service's folder.
    """

    folder: Path

    def git(self, *arguments: str, given: str = "", **more: str) -> str:
        """Run git in the service's folder and return its output.

        Args:
            *arguments: The command and its arguments; paths are literal.
            given: Its standard input.
            **more: Environment variables.

        Raises:
            UpdateError: It failed; the message is git's own.
        """
        done = self._run(*arguments, given=given.encode("utf-8", "surrogateescape"), more=more)
        if done.returncode != 0:
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise UpdateError(f"`git {arguments[0]}` failed: {reason}")
        return done.stdout.decode("utf-8", "surrogateescape")

    def names(self, *arguments: str, **more: str) -> list[str]:
        """Run a git command that lists names with `-z`, and return them."""
        return [name for name in self.git(*arguments, **more).split("\0") if name]

    def succeeds(self, *arguments: str) -> bool:
        """Return whether a git command succeeds."""
        return self._run(*arguments).returncode == 0

    def content(self, path_or_id: str) -> bytes:
        """Return the content of a file, by `COMMIT:PATH` or by its id."""
        return self._run("cat-file", "-p", path_or_id).stdout

    @cached_property
    def prefix(self) -> str:
        """The service's folder in the repository, such as `services/api/`; empty for all of it."""
        return self.git("rev-parse", "--show-prefix").strip("\n")

    def own_file(self, name: str) -> Path:
        """Return a path in git's own folder, which is never committed."""
        return self.folder / self.git("rev-parse", "--git-path", name).strip("\n")

    def tree(self, commit: str) -> str:
        """Return the id of the service's tree in a commit, or in a tree of the whole repository."""
        return self.git("rev-parse", "--verify", f"{commit}:{self.prefix}").strip()

    def files(self, tree: str) -> dict[str, str]:
        """Return the files of a tree: the mode and the id of the content, by path."""
        found: dict[str, str] = {}
        for entry in self.names("ls-tree", "-r", "-z", "--full-tree", tree):
            (mode, _, content), path = entry.split("\t", 1)[0].split(), entry.split("\t", 1)[1]
            if mode != _FOLDER_IN_TREE:
                found[path] = f"{mode} {content}"
        return found

    def lines(self, file: str | None) -> list[bytes]:
        """Return the lines of an entry of `files`; none for a missing file."""
        return self.content(file.split()[1]).splitlines() if file else []

    def store(self, folder: Path) -> str:
        """Store the files of any folder as a tree in the repository, and return its id."""
        with tempfile.TemporaryDirectory() as scratch:
            more = {
                "GIT_INDEX_FILE": f"{scratch}/index",
                "GIT_DIR": self.git("rev-parse", "--absolute-git-dir").strip("\n"),
                "GIT_WORK_TREE": str(folder),
            }
            elsewhere = Repository(folder)
            elsewhere.git("add", "--all", "--force", ".", **more)
            return elsewhere.git("write-tree", **more).strip()

    def store_present(self) -> str:
        """Store the service's present files, without ignored ones, and return the tree's id."""
        return self.tree(self.store_whole())

    def store_whole(self, *options: str, paths: Iterable[str] = ()) -> str:
        """Store them as `store_present` does, and return the id of the whole repository's tree.

        Args:
            *options: Options of `git add`.
            paths: Ignored files to include, if they exist.
        """
        with tempfile.TemporaryDirectory() as scratch:
            more = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self.git("read-tree", "HEAD", **more)
            self.git("add", "--all", *options, ".", **more)
            if there := [path for path in paths if os.path.lexists(self.folder / path)]:
                self.git("add", "--force", "--", *there, **more)
            return self.git("write-tree", **more).strip()

    def _run(
        self, *arguments: str, given: bytes = b"", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*_GIT, *arguments],
            cwd=self.folder,
            env=environment(**(more or {})),
            input=given,
            capture_output=True,
            check=False,
        )
