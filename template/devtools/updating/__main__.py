"""Bring the template's newest version, or another one, into this service.

    python -m devtools.updating [update | preview] [--to VERSION]
    python -m devtools.updating finish
    python -m devtools.updating check

`docs/updating.md` of the template says how it works, and what to do about a conflict.
"""

import argparse
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from devtools.updating import refusals
from devtools.updating.copier_runs import find_newest, find_uv
from devtools.updating.errors import UpdateError, UpdateUnfinished, listed
from devtools.updating.git import Repository, environment
from devtools.updating.planning import (
    Plan,
    adopt,
    plan_path,
    prepare,
    read_under_way,
    write_plan,
)
from devtools.updating.reporting import describe
from devtools.updating.writing import find_hindrances, write

SERVICE_ROOT = Path(__file__).parents[2]
REPORT = ".data/update-report.md"
IMPORTING = "devtools.updating.importing"
NOT_INHERITED = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "VIRTUAL_ENV")


def update(repository: Repository, *, to: str | None) -> None:
    """Update the service, or take up the update that is under way.

    Raises:
        UpdateError: It was refused, left conflicts, or left something that a check complains of.
    """
    if plan := read_under_way(repository, to=to):
        print(f"The update to {plan.new} is under way: it is taken up where it was.", flush=True)
    elif plan := make_plan(repository, to=to):
        begin(repository, plan)
    else:
        print("Nothing to update.")
        return
    carry_out(repository, plan)


def preview(repository: Repository, *, to: str | None) -> None:
    """Say what an update would do.

    Raises:
        UpdateError: It would be refused, or would leave conflicts.
    """
    plan = make_plan(repository, to=to)
    print(describe(repository, plan, back="HEAD") if plan else "Nothing to update.", flush=True)
    if plan and plan.unmerged:
        raise UpdateUnfinished("Nothing was done. The update would leave conflicts, see above.")


def finish(repository: Repository) -> None:
    """Go on with the update that is under way, or with one that Copier itself did.

    Raises:
        UpdateError: There is none, or something has to be mended.
    """
    plan = read_under_way(repository)
    if plan is None:
        plan = adopt(repository)
        begin(repository, plan)
    carry_out(repository, plan)


def carry_out(repository: Repository, plan: Plan) -> None:
    """Write what is left to write, refuse while there are conflicts, then check the service.

    Raises:
        UpdateUnfinished: Something has to be mended.
    """
    if not plan.is_written:
        for path in write(repository, plan):
            print(f"{path} has been changed since the update began: left as it is.")
        write_plan(repository, replace(plan, is_written=True))
    if left := {*refusals.unfinished(repository), *refusals.find_markers(repository)}:
        raise UpdateUnfinished(
            f"In conflict:\n{listed(sorted(left))}\n"
            "Mend and `git add` them, then run `make update-finish`."
        )
    check_service(repository)
    plan_path(repository).unlink()
    done = "Switched" if plan.new == plan.old else f"Updated to {plan.new}"
    print(f"\n{done}. Read {REPORT}, run `make test`, and commit.")


def check(repository: Repository) -> int:
    """Say whether an update is due: status 0 for no, 1 for yes.

    Raises:
        UpdateError: Nobody can say.
    """
    answers = refusals.read_origin(repository)
    refusals.check_template(repository, answers, to=None)
    newest, version = find_newest(repository.folder), answers["_commit"]
    if newest is None:
        print(f"Up to date with the template: {version} is its newest version.\nupdate-due=no")
        return 0
    print(f"The template has {newest}, this service {version}: `make update-preview` says what")
    print(f"an update would do.\nupdate-due=yes\nupdate-from={version}\nupdate-to={newest}")
    return 1


def make_plan(repository: Repository, *, to: str | None) -> Plan | None:
    """Return what an update would do, if anything.

    Raises:
        UpdateError: It is refused.
    """
    refusals.check_tree(repository)
    refusals.check_template(repository, refusals.read_origin(repository), to=to)
    refusals.check_answers(repository)
    plan = prepare(repository, to=to)
    if plan and (paths := find_hindrances(repository, plan)):
        raise UpdateError(
            f"The update adds these, and ignored files are there. Move:\n{listed(paths)}"
        )
    return plan


def begin(repository: Repository, plan: Plan) -> None:
    """Tag the service as it was, print and keep the report, note that an update is under way."""
    tag = make_backup_tag(repository, before=plan.before, new=plan.new)
    report = describe(repository, plan, back=tag)
    print(f"{report}\n\nBack to the service as it was: git reset --hard {tag}\n", flush=True)
    (repository.folder / REPORT).parent.mkdir(exist_ok=True)
    (repository.folder / REPORT).write_text(f"{report}\n", "utf-8")
    write_plan(repository, plan)


def make_backup_tag(repository: Repository, *, before: str, new: str) -> str:
    """Return the tag of the state before an update; one of another state is never moved."""
    for number in count(1):
        tag = f"before-update-{new}" + (f"-{number}" if number > 1 else "")
        ref = f"refs/tags/{tag}"
        if not repository.succeeds("rev-parse", "--verify", "--quiet", ref):
            repository.git("update-ref", ref, before, "0" * len(before))
        if repository.git("rev-parse", ref).strip() == before:
            return tag
    raise AssertionError  # There is always another number.


def check_service(repository: Repository) -> None:
    """Lock and install the packages, import every module, and run the service's own checks.

    Raises:
        UpdateUnfinished: One of them failed.
    """
    uv = find_uv()
    steps = {
        "Lock and install packages": [uv, "sync"],
        "Import every module": [uv, "run", "--no-sync", "python", "-m", IMPORTING],
        "make check": [os.environ.get("MAKE", "make"), "check"],
    }
    kept = {name: value for name, value in environment().items() if name not in NOT_INHERITED}
    for title, command in steps.items():
        print(f"--- {title}", flush=True)
        done = subprocess.run(command, cwd=repository.folder, env=kept, check=False)
        if done.returncode != 0:
            raise UpdateUnfinished(
                f"{title}: failed, see above. The update is in your files; mend what is wrong, "
                "then run `make update-finish`."
            )


@contextmanager
def alone(repository: Repository) -> Iterator[None]:
    """Keep a second update from running beside this one.

    Raises:
        UpdateError: One is running.
    """
    with repository.own_file("update.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpdateError("Another update is running. Wait for it to end.") from None
        yield


def run(options: argparse.Namespace) -> int:
    """Do what the command line asks; return the exit status.

    Raises:
        UpdateError: With the status of its class.
    """
    repository = Repository(SERVICE_ROOT)
    if options.command == "check":
        return check(repository)
    refusals.check_repository(repository)
    with alone(repository):
        if options.command == "finish":
            finish(repository)
        else:
            {"update": update, "preview": preview}[options.command](repository, to=options.to)
    return 0


def main() -> None:
    """Read the command line and run; 1: conflicts, or an update is due; 2: it was refused."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.updating", description="Update from the template."
    )
    parser.add_argument("command", choices=["update", "preview", "finish", "check"])
    parser.add_argument("--to", metavar="VERSION", help="another version than the newest")
    options = parser.parse_args()
    try:
        sys.exit(run(options))
    except UpdateError as error:
        if options.command == "check":
            print("update-due=unknown")
        print(error, file=sys.stderr)
        sys.exit(error.status)
    except KeyboardInterrupt:
        print("Interrupted. `make update` takes it up again.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
