"""A service's git repository, read and written by plumbing commands."""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from plumbline.errors import PlumblineError

SUBMODULE, LINK = "160000", "120000"
# Set by a hook or an alias that runs this program, for a repository of its own, or by the user to
# change what a path means.
_NOT_INHERITED = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_WORK_TREE",
)
GIT = (
    *("git", "--literal-pathspecs", "-c", f"core.hooksPath={os.devnull}", "-c", "color.ui=false"),
    *("-c", "core.fsmonitor=false"),  # A monitor may not have seen an edit.
)
# Objects and indexes depend on no setting. The repository's owner was checked before, with the
# user's settings: see `Repository._place`.
WITHOUT_SETTINGS = {
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}


class Entry(NamedTuple):
    """A file in a tree of git: its mode, and the id of its content."""

    mode: str
    id: str


Files = Mapping[str, Entry]
"""The files of a tree, by their paths in the service."""


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which git works on the repository of its working folder."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", **more}


def run_git(
    *arguments: str, folder: Path, given: bytes = b"", settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run git with the user's settings, without hooks and without colors.

    Args:
        *arguments: The command and its arguments; paths are literal.
        folder: Its working folder.
        given: Its standard input.
        settings: More environment variables.
    """
    return subprocess.run(
        [*GIT, *arguments],
        cwd=folder,
        env=environment(**(settings or {})),
        input=given,
        capture_output=True,
        check=False,
    )


@dataclass(frozen=True)
class Repository:
    """A service in git: the whole repository, or a subfolder of one.

    Attributes:
        folder: The service's folder.
    """

    folder: Path

    def git(self, *arguments: str, given: str | bytes = b"", **more: str) -> str:
        """Run a command on objects, refs or an index, without the user's settings.

        Args:
            *arguments: The command and its arguments; paths are literal.
            given: Its standard input.
            **more: Environment variables.

        Raises:
            PlumblineError: It failed; the message is git's own.
        """
        # The user's settings have allowed this folder already.
        trusted = ("-c", "safe.directory=*")
        return _text(self._checked(*trusted, *arguments, given=given, **WITHOUT_SETTINGS, **more))

    def git_in_worktree(self, *arguments: str, given: str | bytes = b"", **more: str) -> str:
        """Run a command on the working tree, with the user's line endings, filters and ignores.

        Args:
            *arguments: The command and its arguments; paths are literal.
            given: Its standard input.
            **more: Environment variables.

        Raises:
            PlumblineError: It failed; the message is git's own.
        """
        return _text(self._checked(*arguments, given=given, **more))

    def succeeds(self, *arguments: str) -> bool:
        """Return whether a git command succeeds."""
        return run_git(*arguments, folder=self.folder).returncode == 0

    @property
    def prefix(self) -> str:
        """The service's folder in the repository, such as `services/api/`; empty for all of it."""
        return self._place[0]

    @property
    def object_format(self) -> str:
        """The hash function that names objects: `sha1` or `sha256`."""
        return self._place[1]

    @property
    def no_object(self) -> str:
        """The id that stands for no object."""
        return "0" * hashlib.new(self.object_format).digest_size * 2

    @cached_property
    def _place(self) -> tuple[str, str, str]:
        asked = ("--show-prefix", "--show-object-format", "--absolute-git-dir")
        prefix, object_format, folder = _text(self._checked("rev-parse", *asked)).split("\n")[:3]
        return prefix, object_format, folder

    def own_path(self, name: str) -> Path:
        """Return a path in git's own folder of this working tree, which is never committed."""
        return Path(self._place[2], name)

    def tree(self, commit: str) -> str:
        """Return the id of the service's tree in a commit, or in a tree of the whole repository."""
        return self.git("rev-parse", "--verify", f"{commit}:{self.prefix}").strip()

    def files(self, tree: str) -> Files:
        """Return the files of a tree of the service, read once."""
        if tree not in self._trees:
            self._trees[tree] = self._read_files(tree)
        return self._trees[tree]

    @cached_property
    def _trees(self) -> dict[str, Files]:
        return {}

    def _read_files(self, tree: str) -> Files:
        listed = self.git("ls-tree", "-r", "-z", "--full-tree", tree)
        found: dict[str, Entry] = {}
        for line in _split(listed):
            description, path = line.split("\t", 1)
            mode, _, name = description.split()
            found[path] = Entry(mode, name)
        return found

    def contents(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of files by their ids, read by one process."""
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        arguments = ("-c", "safe.directory=*", "cat-file", "--batch")
        given = "\n".join(wanted).encode()
        output = self._checked(*arguments, given=given, **WITHOUT_SETTINGS)
        found: dict[str, bytes] = {}
        position = 0
        for name in wanted:
            line_end = output.index(b"\n", position)
            kind, _, size = output[position:line_end].decode().rpartition(" ")
            if not size.isdigit():
                raise PlumblineError(f"git has lost an object: {kind} {size}")
            start = line_end + 1
            found[name] = output[start : start + int(size)]
            position = start + int(size) + 1
        return found

    def content(self, name: str) -> bytes:
        """Return the content of a file by its id."""
        return self.contents([name])[name]

    def store(self, contents: Iterable[bytes]) -> None:
        """Store contents of files in the repository; `id_of` has their ids."""
        by_id = {self.id_of(content): content for content in contents}
        if not by_id:
            return
        checked = self.git("cat-file", "--batch-check", given="\n".join(by_id))
        missing = [line.split()[0] for line in checked.splitlines() if line.endswith(" missing")]
        with tempfile.TemporaryDirectory() as scratch:
            paths = [Path(scratch, name) for name in missing]
            for path in paths:
                path.write_bytes(by_id[path.name])
            if paths:
                arguments = ("hash-object", "-w", "--no-filters", "--stdin-paths")
                self.git(*arguments, given="\n".join(map(str, paths)))

    def id_of(self, content: bytes) -> str:
        """Return the id of a file's content, which is a hash of it."""
        header = b"blob %d\0" % len(content)
        return hashlib.new(self.object_format, header + content).hexdigest()

    def store_tree(self, files: Files, *, within: str | None = None) -> str:
        """Store a tree of files whose contents are stored, and return its id.

        Args:
            files: All files of the service.
            within: A commit; the tree is then that of the whole repository, with the service's
                folder replaced.
        """
        prefix = self.prefix if within else ""
        with self.scratch_index() as index:
            if within:
                self.git("read-tree", within, **index)
                old = _split(self.git("ls-files", "-z", "--full-name", **index))
                gone = [f"0 {self.no_object}\t{path}" for path in old if path.startswith(prefix)]
                self.git("update-index", "-z", "--index-info", given="\0".join(gone), **index)
            new = [f"{mode} {name}\t{prefix}{path}" for path, (mode, name) in files.items()]
            self.git("update-index", "-z", "--index-info", given="\0".join(new), **index)
            return self.git("write-tree", **index).strip()

    def present_files(self, paths: Iterable[str], *, commit: str) -> dict[str, Entry]:
        """Store these files as they are in the working tree, and return those that exist.

        Args:
            paths: Paths in the service; ignored files count too.
            commit: The commit that git compares line endings with.
        """
        known = self.files(self.tree(commit))
        wanted = sorted(path for path in paths if self._is_readable(path, known))
        with self.scratch_index() as index:
            self.git("read-tree", commit, **index)
            if wanted:
                options = ("--all", "--force", "--pathspec-from-file=-", "--pathspec-file-nul")
                # A sparse checkout has files of paths that it leaves out, if they were changed.
                settings = ("-c", "core.sparseCheckout=false", "-c", "core.safecrlf=false")
                self.git_in_worktree(*settings, "add", *options, given="\0".join(wanted), **index)
            found: dict[str, Entry] = {}
            for line in _split(self.git("ls-files", "--stage", "-z", **index)):
                description, path = line.split("\t", 1)
                mode, name, _ = description.split()
                found[path] = Entry(mode, name)
            return {path: found[path] for path in wanted if path in found}

    def _is_readable(self, path: str, known: Files) -> bool:
        """Return whether git can look for a file: not beyond a link, and not at a folder."""
        place = self.folder / path
        parents = [*PurePosixPath(path).parents][:-1]
        if any((self.folder / parent).is_symlink() for parent in parents):
            return False
        if place.is_dir() and not place.is_symlink():
            return path in known and known[path].mode == SUBMODULE
        return path in known or os.path.lexists(place)

    @contextmanager
    def scratch_index(self) -> Iterator[dict[str, str]]:
        """Yield the environment of an index of its own."""
        with tempfile.TemporaryDirectory() as scratch:
            yield {"GIT_INDEX_FILE": f"{scratch}/index"}

    def list_names(self, *arguments: str, **more: str) -> list[str]:
        """Run a command on the working tree that lists names with `-z`, and return them."""
        return _split(self.git_in_worktree(*arguments, **more))

    def _checked(self, *arguments: str, given: str | bytes = b"", **more: str) -> bytes:
        given = given.encode("utf-8", "surrogateescape") if isinstance(given, str) else given
        done = run_git(*arguments, folder=self.folder, given=given, settings=more)
        if done.returncode != 0:
            command = next(part for part in arguments if part != "-c" and "=" not in part)
            reason = done.stderr.decode("utf-8", "replace").strip()
            raise PlumblineError(f"`git {command}` failed: {reason or done.returncode}")
        return done.stdout


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")


def _split(output: str) -> list[str]:
    return [name for name in output.split("\0") if name]
