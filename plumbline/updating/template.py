"""The template's repository: its versions, their files, and its notes on them."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE
from plumbline.updating.git import WITHOUT_SETTINGS, run_git

SHORT_ADDRESSES = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/", "git+": ""}
NOTES = ("UPGRADING.md", "CHANGELOG.md")
_SECTION = re.compile(r"^## ", re.MULTILINE)
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True)
class Template:
    """A clone of the template.

    Attributes:
        source: The template's address, as Copier has it.
        clone: The folder of a bare repository.
    """

    source: str
    clone: Path

    @property
    def versions(self) -> list[str]:
        """The versions that are tagged, the newest first."""
        tags = self._git("for-each-ref", "--format=%(refname:strip=2)", "refs/tags").split()
        return sorted(filter(order_of, tags), key=Version, reverse=True)

    @property
    def newest(self) -> str | None:
        """The newest version; a pre-release only if there is nothing else."""
        final = [tag for tag in self.versions if not Version(tag).is_prerelease]
        return next(iter(final or self.versions), None)

    def has(self, version: str) -> bool:
        """Return whether the template has a version, or a commit that `git describe` names."""
        return self._run("rev-parse", "--verify", "--quiet", f"{version}^{{commit}}")[0] == 0

    def check_out(self, version: str, folder: Path) -> dict[str, int]:
        """Write the files of a version to a new folder, and return their modes by path."""
        folder.mkdir()
        index = {"GIT_INDEX_FILE": f"{folder}.index", "GIT_WORK_TREE": str(folder)}
        self._git("read-tree", version, **index)
        self._git("checkout-index", "--all", **index)
        staged = self._git("ls-files", "--stage", "-z", **index).split("\0")
        entries = (line.split("\t", 1) for line in staged if line)
        return {path: int(description.split()[0], 8) for description, path in entries}

    def release_notes(self, *, old: str, new: str) -> str:
        """Return the sections after one version up to another, or a sentence if there are none.

        Args:
            old: The version before the update.
            new: The version after the update.
        """
        found: list[str] = []
        for name in NOTES:
            text = self._run("cat-file", "blob", f"{new}:{name}")[1]
            if sections := sections_between(text, old=old, new=new):
                found.append(f"## {name}\n\n{sections}")
        return "\n\n".join(found) or f"The template's CHANGELOG.md has nothing about {new}."

    def _git(self, *arguments: str, **more: str) -> str:
        status, output, reason = self._run(*arguments, **more)
        if status != 0:
            raise PlumblineError(f"The template's files cannot be read: {reason.strip()}")
        return output

    def _run(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        # The user's settings and attributes are for the user's files.
        options = ("-c", f"core.attributesFile={os.devnull}", "-c", "safe.directory=*")
        settings = {**WITHOUT_SETTINGS, "GIT_DIR": str(self.clone), **more}
        done = run_git(*options, *arguments, folder=self.clone, settings=settings)
        return (
            done.returncode,
            done.stdout.decode("utf-8", "replace"),
            done.stderr.decode("utf-8", "replace"),
        )


@contextmanager
def open_template(source: str, *, folder: Path) -> Iterator[Template]:
    """Clone the template for the duration of a command.

    Args:
        source: The template's address, as Copier has it.
        folder: The service's folder, whose settings of git have the credentials.

    Raises:
        PlumblineError: It cannot be reached; the message has git's reason.
    """
    address = template_address(source)
    with tempfile.TemporaryDirectory(prefix="plumbline-") as scratch:
        clone = Path(scratch, "template.git")
        # With the user's settings: they have credentials, proxies and replaced addresses.
        options = ("--quiet", "--bare", "--template=")
        done = run_git("clone", *options, "--", address, str(clone), folder=folder)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reasons = [line for line in said if not line.startswith("Cloning into")]
            raise PlumblineError(
                f"The template at {address} cannot be reached: "
                f"{' '.join(reasons) or 'git gave no reason'}\n"
                f"Nothing was changed. Check the network, and `_src_path` in {ANSWERS_FILE}."
            )
        yield Template(source, clone)


def template_address(source: str) -> str:
    """Return the address for git that an address of Copier stands for."""
    for short, long in SHORT_ADDRESSES.items():
        if source.startswith(short):
            return f"{long}{source.removeprefix(short)}"
    return str(Path(source).expanduser()) if source.startswith("~") else source


def order_of(version: str) -> Version | None:
    """Return the place of a version among others; none if it is not one."""
    try:
        return Version(version)
    except InvalidVersion:
        return None


def is_older(version: str, than: str) -> bool:
    """Return whether a version precedes another one; a commit between versions has no order."""
    first, second = order_of(version), order_of(than)
    return first is not None and second is not None and first < second


def sections_between(text: str, *, old: str, new: str) -> str:
    """Return the sections of a changelog for the versions after `old` up to `new`."""
    kept = [
        f"### {section.strip()}"
        for section in _SECTION.split(text)[1:]
        if _numbers(old) < _numbers(section.partition("\n")[0]) <= _numbers(new)
    ]
    return "\n\n".join(kept)


def _numbers(title: str) -> tuple[int, ...]:
    found = _NUMBERS.search(title)
    return tuple(int(number) for number in found[0].split(".")) if found else ()
