"""Services of a release, and their updates as `make update` does them."""

from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import copier

from plumbline.__main__ import main as plumbline
from plumbline.errors import Unfinished
from plumbline.updating.commands import ALL, REPORT, Updater
from plumbline.updating.git import Repository
from plumbline.updating.planning import Change, Plan, forget_plan
from tests.history import git


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


def update(service: Path, *, to: str | None = None, **answers: object) -> Plan | None:
    """Update a service without checking it, and return the plan; conflicts stay in its files.

    Args:
        service: The folder of a service with nothing uncommitted.
        to: A tag of its template, or `:current:` to change answers only; the newest by default.
        **answers: Answers to change; the others stay.
    """
    repository = Repository(service)
    updater = Updater(repository, accepted=[ALL], check=lambda _: None)
    plan = updater.plan(Change(to=to, answers=answers))
    with suppress(Unfinished), redirect_stdout(StringIO()):
        updater.apply(plan)
    forget_plan(repository)
    remove_report(service)
    return plan


def remove_report(service: Path) -> None:
    """Remove the report of an update, which a new service does not have."""
    report = service / REPORT
    report.unlink(missing_ok=True)
    with suppress(OSError):  # There is none, or it holds other files.
        report.parent.rmdir()


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
