"""Make a release of the template: `make release`, or `make release VERSION=0.2.0`.

All checks run first, and every problem is reported. Then git gets the new files and two commits,
the release and the beginning of the next version, without a reference to them. One transaction of
git moves the branch to the second commit and tags the first: before it, nothing has happened; after
it, the release is complete. The last step updates the files of the checkout; if it is killed,
`git reset --hard` does the same.
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
    """Make the release of the command line, or exit with the reasons against it."""
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
    """Return the next version: that of pyproject.toml without `.dev0`."""
    return str(Version(_version(root)).base_version)


def release(root: Path, version: str, *, today: date) -> str:
    """Commit and tag a release, and begin the next version; return the branch.

    Raises:
        Refused: A check failed; nothing was changed.
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
    """Yield the reasons against a release, a sentence each."""
    if git(root, "status", "--porcelain"):
        yield "The tree has changes that are not committed: commit or stash them."
    if not git(root, "branch", "--show-current"):
        yield "No branch is checked out: switch to the one that is to hold the release."
    yield from _reasons_against_version(root, version)
    if not has_entries(sections(_read(root, CHANGELOG)).get(UNRELEASED, "")):
        yield f"{CHANGELOG} lists nothing under {UNRELEASED}: describe the changes for users."
    if UNRELEASED not in sections(_read(root, UPGRADING)):
        yield f"{UPGRADING} has no heading `## {UNRELEASED}`: add it."
    for since, change in unexplained_changes(root):
        yield (
            f"Since {since}, {change}: restore it, or describe the manual step in "
            f"{UPGRADING}, under {UNRELEASED}, with `{change.name}` in backticks."
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
    """Return removed or changed things that no note names, each with the release that had them."""
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
    """Return a reproducible, compressed archive of the files that the commit ships."""
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
    """Create a commit with changed files; no branch and no file of the checkout changes."""
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
    """Move the branch and create the tag in one transaction; fail if either has changed."""
    names = f"create refs/tags/{version} {tagged}\nupdate refs/heads/{branch} {commit} {head}\n"
    git(root, "update-ref", "--stdin", given=names.encode())


def _version(root: Path) -> str:
    return str(tomllib.loads(_read(root, PROJECT))["project"]["version"])


def _with_version(root: Path, version: str) -> bytes:
    old, new = (f'\nversion = "{number}"' for number in (_version(root), version))
    return _read(root, PROJECT).replace(old, new, 1).encode()


def _upcoming(version: str) -> str:
    """Return the version after a release; raise it by hand for a larger step."""
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
    """Run git and return its output; its errors are shown."""
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
