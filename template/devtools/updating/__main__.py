"""Update this service to the newest version of its template, or to another one.

    python -m devtools.updating [update | preview] [--to VERSION]
    python -m devtools.updating finish
    python -m devtools.updating check

`docs/updating.md` of the template explains the steps, and how to resolve a conflict.
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

from devtools.updating import preflight
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
from devtools.updating.writing import find_blocking_files, write

SERVICE_ROOT = Path(__file__).parents[2]
REPORT = ".data/update-report.md"
IMPORTING = "devtools.updating.importing"
NOT_INHERITED = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "VIRTUAL_ENV")


def update(repository: Repository, *, to: str | None) -> None:
    """Update the service, or resume the update in progress.

    Raises:
        UpdateError: It is refused, leaves conflicts, or a check fails.
    """
    if plan := read_under_way(repository, to=to):
        print(f"Resuming the update to {plan.new}.", flush=True)
    elif plan := make_plan(repository, to=to):
        begin(repository, plan)
    else:
        print("Nothing to update.")
        return
    carry_out(repository, plan)


def preview(repository: Repository, *, to: str | None) -> None:
    """Print the report of an update without doing it.

    Raises:
        UpdateError: It would be refused, or would leave conflicts.
    """
    plan = make_plan(repository, to=to)
    print(describe(repository, plan, back="HEAD") if plan else "Nothing to update.", flush=True)
    if plan and plan.unmerged:
        raise UpdateUnfinished("Nothing was changed. The update would leave conflicts, see above.")


def finish(repository: Repository) -> None:
    """Finish the update in progress, or one that Copier itself has done.

    Raises:
        UpdateError: There is none, or a conflict or a failed check is left.
    """
    plan = read_under_way(repository)
    if plan is None:
        plan = adopt(repository)
        begin(repository, plan)
    carry_out(repository, plan)


def carry_out(repository: Repository, plan: Plan) -> None:
    """Write the rest of the update, stop while there are conflicts, then check the service.

    Raises:
        UpdateUnfinished: A conflict or a failed check is left.
    """
    if not plan.is_written:
        for path in write(repository, plan):
            print(f"{path} has changed since the update began: it is not updated.")
        write_plan(repository, replace(plan, is_written=True))
    if left := {*preflight.unfinished(repository), *preflight.find_markers(repository)}:
        raise UpdateUnfinished(
            f"In conflict:\n{listed(sorted(left))}\n"
            "Resolve and `git add` them, then run `make update-finish`."
        )
    check_service(repository)
    plan_path(repository).unlink()
    done = "Switched" if plan.new == plan.old else f"Updated to {plan.new}"
    print(f"\n{done}. Read {REPORT}, run `make test`, and commit.")


def check(repository: Repository) -> int:
    """Print whether an update is due, and return the status: 0 for no, 1 for yes.

    Raises:
        UpdateError: The template cannot be read.
    """
    answers = preflight.read_origin(repository)
    if advice := preflight.advise_on_address(repository, answers["_src_path"]):
        print(advice, file=sys.stderr)
    preflight.check_template(repository, answers, to=None)
    newest, version = find_newest(repository.folder), answers["_commit"]
    if newest is None:
        print(f"Up to date with the template: {version} is its newest version.\nupdate-due=no")
        return 0
    print(f"The template has {newest}, this service {version}. `make update-preview` shows the")
    print(f"changes.\nupdate-due=yes\nupdate-from={version}\nupdate-to={newest}")
    return 1


def make_plan(repository: Repository, *, to: str | None) -> Plan | None:
    """Return the plan of an update, if there is anything to update.

    Raises:
        UpdateError: The update is refused.
    """
    preflight.check_tree(repository)
    preflight.check_template(repository, preflight.read_origin(repository), to=to)
    preflight.check_answers(repository)
    plan = prepare(repository, to=to)
    if plan and (paths := find_blocking_files(repository, plan)):
        raise UpdateError(
            f"Ignored files are in the place of files that the update adds. Move:\n{listed(paths)}"
        )
    return plan


def begin(repository: Repository, plan: Plan) -> None:
    """Tag the present state, print and store the report, and store the plan."""
    tag = make_backup_tag(repository, before=plan.before, new=plan.new)
    report = describe(repository, plan, back=tag)
    print(f"{report}\n\nTo undo the update: git reset --hard {tag}\n", flush=True)
    (repository.folder / REPORT).parent.mkdir(exist_ok=True)
    (repository.folder / REPORT).write_text(f"{report}\n", "utf-8")
    write_plan(repository, plan)


def make_backup_tag(repository: Repository, *, before: str, new: str) -> str:
    """Return the tag of the state before an update; a tag of another state is never moved."""
    for number in count(1):
        tag = f"before-update-{new}" + (f"-{number}" if number > 1 else "")
        ref = f"refs/tags/{tag}"
        if not repository.succeeds("rev-parse", "--verify", "--quiet", ref):
            repository.git("update-ref", ref, before, "0" * len(before))
        if repository.git("rev-parse", ref).strip() == before:
            return tag
    raise AssertionError  # `count` never ends.


def check_service(repository: Repository) -> None:
    """Lock and install the packages, import every module, and run the service's checks.

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
                f"{title}: failed, see above. The update is in your files; fix the problem, "
                "then run `make update-finish`."
            )


@contextmanager
def alone(repository: Repository) -> Iterator[None]:
    """Allow one update at a time.

    Raises:
        UpdateError: Another one is running.
    """
    with repository.own_file("update.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UpdateError("Another update is running. Wait for it to end.") from None
        yield


def run(options: argparse.Namespace) -> int:
    """Run the command of the command line, and return the exit status.

    Raises:
        UpdateError: The command failed; the class has the status.
    """
    repository = Repository(SERVICE_ROOT)
    if options.command == "check":
        return check(repository)
    preflight.check_repository(repository)
    with alone(repository):
        if options.command == "finish":
            finish(repository)
        else:
            {"update": update, "preview": preview}[options.command](repository, to=options.to)
    return 0


def main() -> None:
    """Read the command line and run; status 1 for conflicts or a due update, 2 for a refusal."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.updating", description="Update from the template."
    )
    parser.add_argument("command", choices=["update", "preview", "finish", "check"])
    parser.add_argument("--to", metavar="VERSION", help="a version other than the newest")
    options = parser.parse_args()
    try:
        sys.exit(run(options))
    except UpdateError as error:
        if options.command == "check":
            print("update-due=unknown")
        print(error, file=sys.stderr)
        sys.exit(error.status)
    except KeyboardInterrupt:
        print("Interrupted. `make update` resumes it.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
