"""Makes a release of the template: `make release`, or `make release VERSION=0.2.0`.

Everything that can be wrong is looked at first, and all of it is reported. Then git gets the new
files and two commits, the release and the beginning of the next version, which nothing refers to
yet. One transaction of git moves the branch to the second and tags the first: killed before it,
nothing has happened; killed after it, the release is complete. What is left then is to bring the
files of the checkout to the new commit, which `git reset --hard` would do too.
"""

import argparse
import lzma
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from packaging.version import InvalidVersion, Version

from scripts.archives import (
    CHECKSUMS,
    ROOT,
    SHIPPED,
    archive_of,
    checksum_line,
    released_versions,
    unpack_release,
)
from scripts.notes import NOTHING_TO_DO, UNRELEASED, has_entries, released, sections, unexplained
from scripts.shipped import Change, changes

PROJECT, CHANGELOG, UPGRADING = map(Path, ("pyproject.toml", "CHANGELOG.md", "UPGRADING.md"))


class Refused(Exception):
    """A release cannot be made; the message lists every reason."""


def main() -> None:
    """Make the release that the command line asks for, or say why not."""
    parser = argparse.ArgumentParser(prog="make release", description="Release the template.")
    parser.add_argument("version", nargs="?", help="instead of the one in pyproject.toml")
    version = parser.parse_args().version or next_version(ROOT)
    try:
        branch = release(ROOT, version, today=datetime.now(UTC).date())
    except Refused as refusal:
        sys.exit(str(refusal))
    except subprocess.CalledProcessError as failure:
        sys.exit(f"{failure} `git tag` says whether {version} is released.")
    print(f"Released {version}. To publish it: git push --atomic origin {branch} {version}")


def next_version(root: Path) -> str:
    """Return the version that pyproject.toml works towards: what it says, without `.dev0`."""
    return str(Version(_version(root)).base_version)


def release(root: Path, version: str, *, today: date) -> str:
    """Commit and tag a release, and begin the next version; return the branch.

    Raises:
        Refused: Something is wrong; nothing was changed.
    """
    if reasons := list(reasons_against(root, version)):
        listed = "\n".join(f"  - {reason}" for reason in reasons)
        raise Refused(f"{version} is not released:\n{listed}")
    head, branch = git(root, "rev-parse", "HEAD"), git(root, "branch", "--show-current")
    made = _commit(root, head, _release_files(root, version, today), f"Release {version}")
    upcoming = _upcoming(version)
    opened = _commit(root, made, {PROJECT: _with_version(root, upcoming)}, f"Begin {upcoming}")
    _name(root, branch, head, opened, version, made)
    git(root, "read-tree", "-m", "-u", head, opened)
    return branch


def reasons_against(root: Path, version: str) -> Iterator[str]:
    """Yield everything that stands against a release, a sentence each."""
    if git(root, "status", "--porcelain"):
        yield "The tree has changes that are not committed: commit or stash them."
    if not git(root, "branch", "--show-current"):
        yield "No branch is checked out: switch to the one that is to hold the release."
    yield from _reasons_against_version(root, version)
    if not has_entries(sections(_read(root, CHANGELOG)).get(UNRELEASED, "")):
        yield f"{CHANGELOG} lists nothing under {UNRELEASED}: say what a user gets."
    if UNRELEASED not in sections(_read(root, UPGRADING)):
        yield f"{UPGRADING} has no heading `## {UNRELEASED}`: add it."
    for since, change in unexplained_changes(root):
        yield (
            f"Since {since}, {change}: put it back, or tell users in {UPGRADING}, under "
            f"{UNRELEASED}, what to do, with `{change.name}` in backticks."
        )


def _reasons_against_version(root: Path, version: str) -> Iterator[str]:
    try:
        wanted = Version(version)
    except InvalidVersion:
        yield f"{version} is no version as PEP 440 has them, such as 0.2.0 or 1.0.0rc1."
        return
    if str(wanted) != version or wanted.is_devrelease or wanted.local:
        yield f"{version} is no version to release: write {wanted.public.split('.dev')[0]}."
    tags = git(root, "tag").splitlines()
    if version in tags:
        yield f"The tag {version} exists, and tags are never moved: choose a newer version."
    if (root / archive_of(version)).exists():
        yield f"{archive_of(version)} exists, and is never changed: choose a newer version."
    last = max(map(Version, {*released_versions(root), *filter(_is_version, tags)}), default=None)
    if last and wanted <= last:
        yield f"{version} is not newer than {last}, the last release."


def unexplained_changes(root: Path) -> list[tuple[str, Change]]:
    """Return what a release shipped, is no more as it was, and no note names; with the release."""
    notes = _read(root, UPGRADING)
    found: list[tuple[str, Change]] = []
    for version in reversed(released_versions(root)):
        with tempfile.TemporaryDirectory() as folder:
            unpack_release(version, Path(folder), root=root)
            missing = unexplained(changes(Path(folder), root), notes, since=version)
        known = {change for _, change in found}
        found += [(version, change) for change in missing if change not in known]
    return found


def archive(root: Path) -> bytes:
    """Return what the commit ships, compressed; the same bytes whenever it is made."""
    shipped = subprocess.check_output(["git", "archive", "HEAD", *SHIPPED], cwd=root)
    return lzma.compress(shipped, preset=9 | lzma.PRESET_EXTREME)


def _release_files(root: Path, version: str, today: date) -> dict[Path, bytes]:
    packed = archive(root)
    upgrading = released(_read(root, UPGRADING), version, empty=NOTHING_TO_DO)
    return {
        archive_of(version): packed,
        CHECKSUMS: (_read(root, CHECKSUMS) + checksum_line(version, packed)).encode(),
        PROJECT: _with_version(root, version),
        CHANGELOG: released(_read(root, CHANGELOG), f"{version} - {today}").encode(),
        UPGRADING: upgrading.encode(),
    }


def _commit(root: Path, parent: str, files: Mapping[Path, bytes], message: str) -> str:
    """Write a commit with some files changed; no branch and no file of the checkout has it yet."""
    with tempfile.TemporaryDirectory() as folder:
        index = {**os.environ, "GIT_INDEX_FILE": str(Path(folder) / "index")}
        git(root, "read-tree", parent, environment=index)
        for path, content in files.items():
            blob = git(root, "hash-object", "-w", "--stdin", given=content)
            entry = f"100644,{blob},{path.as_posix()}"
            git(root, "update-index", "--add", "--cacheinfo", entry, environment=index)
        tree = git(root, "write-tree", environment=index)
    return git(root, "commit-tree", tree, "-p", parent, "-m", message)


def _name(root: Path, branch: str, head: str, commit: str, version: str, tagged: str) -> None:
    """Move the branch and make the tag, both or neither; refused if either is not as it was."""
    names = f"create refs/tags/{version} {tagged}\nupdate refs/heads/{branch} {commit} {head}\n"
    git(root, "update-ref", "--stdin", given=names.encode())


def _version(root: Path) -> str:
    return str(tomllib.loads(_read(root, PROJECT))["project"]["version"])


def _with_version(root: Path, version: str) -> bytes:
    old, new = (f'\nversion = "{number}"' for number in (_version(root), version))
    return _read(root, PROJECT).replace(old, new, 1).encode()


def _upcoming(version: str) -> str:
    """Return what to work towards next: raise it by hand when it turns out to be more."""
    made = Version(version)
    if made.is_prerelease:
        return f"{made.base_version}.dev0"
    return f"{made.major}.{made.minor + 1}.0.dev0"


def _is_version(tag: str) -> bool:
    try:
        return bool(Version(tag))
    except InvalidVersion:
        return False


def _read(root: Path, path: Path) -> str:
    return (root / path).read_text("utf-8")


def git(
    root: Path,
    *arguments: str,
    given: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run git and return what it printed; what it complains of is shown."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        env=environment,
        input=given,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode().strip()


if __name__ == "__main__":
    main()
