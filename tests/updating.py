"""Services of a release, and their updates as `make update` does them."""

from pathlib import Path

import copier
from copier import VcsRef

from plumbline.__main__ import main as plumbline
from tests.history import git

CONTEXT_LINES = 1000  # Fewer have put a user's edit into the wrong block of a repetitive file.


def make_committed(folder: Path, history: Path, version: str, **answers: object) -> Path:
    """Generate a service from a release and commit it; return its folder.

    Args:
        folder: Where to make it; must not exist.
        history: The result of `build_history` (the fixture `history`).
        version: A tag of the history; `PRESENT` for the present template.
        **answers: Answers by question; the rest are the defaults.
    """
    copier.run_copy(str(history), folder, data=answers, defaults=True, quiet=True, vcs_ref=version)
    git(folder, "init", "--quiet")
    commit(folder, "Generated")
    return folder


def update(service: Path, *, to: str | None = None, **answers: object) -> None:
    """Update a service to a version, the newest by default; conflicts stay in its tree.

    Args:
        service: The folder of a service with nothing uncommitted.
        to: A tag of its template, or `:current:` to change answers only.
        **answers: Answers to change; the others stay.
    """
    copier.run_update(
        service,
        data=answers,
        vcs_ref=VcsRef.CURRENT if to == VcsRef.CURRENT.value else to,
        defaults=True,
        overwrite=True,
        quiet=True,
        context_lines=CONTEXT_LINES,
    )


def rename(service: Path) -> None:
    """Apply the renames of 0.2.0 to the user's files, as UPGRADING.md says."""
    git(service, "add", "--all")
    assert plumbline(["rename", str(service)]) == 0


def commit(folder: Path, message: str) -> None:
    """Commit everything in a folder that git does not ignore."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def changed(folder: Path) -> set[str]:
    """Return the paths that differ from the last commit, new ones included."""
    listed = git(folder, "status", "--porcelain", "-z", "--no-renames", "-uall").split("\0")
    return {line[3:] for line in listed if line}


def unmerged(folder: Path) -> set[str]:
    """Return the paths that an update left in conflict."""
    listed = git(folder, "diff", "--name-only", "-z", "--diff-filter=U").split("\0")
    return {path for path in listed if path}
