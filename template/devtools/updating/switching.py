"""Switch one of the template's toggles on or off, on a live database.

    python -m devtools.updating.switching --on NAME
    python -m devtools.updating.switching --off NAME [--data keep|drop] [--to FOLDER]

A module that is switched off leaves its tables behind. `keep` keeps them and their migrations.
`drop` exports their rows and retires the migrations: each database drops the tables at its next
`alembic upgrade heads`. Without a choice, the leftovers are printed and nothing is changed.
"""

import argparse
import ast
import asyncio
import shutil
import sys
from enum import StrEnum
from pathlib import Path

from app.features import FEATURES
from app.modules import MODULES
from devtools.updating import preflight
from devtools.updating.__main__ import SERVICE_ROOT, alone, begin, carry_out
from devtools.updating.answers import ANSWERS_FILE, read_answers
from devtools.updating.copier_runs import CURRENT, run_copier_update
from devtools.updating.errors import UpdateError, listed
from devtools.updating.exports import default_folder, export_tables
from devtools.updating.git import Repository
from devtools.updating.leftovers import (
    Leftovers,
    describe,
    find_kept,
    find_leftovers,
    look_into_database,
)
from devtools.updating.planning import Plan, plan_for, read_under_way, scratch_worktree
from devtools.updating.writing import find_blocking_files
from migrations.branches import kept_branches
from migrations.retiring import RETIRED, VERSIONS, all_scripts, retired_labels

STATES = {"true": True, "false": False}
VERSIONS_PATH, RETIRED_PATH = (path.relative_to(SERVICE_ROOT) for path in (VERSIONS, RETIRED))


class Data(StrEnum):
    """The choice for the tables of a module that is removed."""

    KEEP = "keep"
    DROP = "drop"


def switch_on(repository: Repository, name: str) -> None:
    """Switch a toggle on: kept tables are used again, dropped ones are created again.

    Raises:
        UpdateError: It is already on, or a check of an update fails.
    """
    toggles = check_service(repository)
    if name not in toggles:
        raise UpdateError(f"There is no toggle {name}. There are: {', '.join(sorted(toggles))}.")
    if toggles[name]:
        raise UpdateError(f"{name} is already on.")
    with scratch_worktree(repository) as copy:
        run_copier_update(copy.folder, answers={name: True}, to=CURRENT)
        for folder in (copy.folder / RETIRED_PATH).glob("*"):
            if (copy.folder / VERSIONS_PATH / folder.name).is_dir():
                shutil.rmtree(folder)
        plan = _plan(repository, copy)
    begin(repository, plan)
    carry_out(repository, plan)


def switch_off(
    repository: Repository, name: str, *, data: Data | None, to: Path | None = None
) -> None:
    """Print the leftovers of a toggle and, if `data` has a choice for them, switch it off.

    Args:
        repository: The service.
        name: The toggle; or a removed module, to drop the tables that were kept.
        data: The choice for the tables.
        to: The folder to create for an export of their rows.

    Raises:
        UpdateError: It is off, there is no choice for its tables, something needs them, they
            cannot be exported, or a check of an update fails.
    """
    is_on = check_service(repository).get(name, False)
    if not is_on and not _is_kept(name):
        raise UpdateError(f"{name} is not on, and no tables of it were kept.")
    with scratch_worktree(repository) as copy:
        if is_on:
            run_copier_update(copy.folder, answers={name: False}, to=CURRENT)
            leftovers = find_leftovers(packages_in(repository.folder) - packages_in(copy.folder))
        else:
            leftovers = find_kept(name)
        _decide(leftovers, name=name, data=data)
        for label in leftovers.labels:
            _settle(copy, label, data)
        plan = _plan(repository, copy)
    if data is Data.DROP:
        folder = to or default_folder(name)
        asyncio.run(export_tables(leftovers.tables, folder))
        print(f"The rows are in {folder}.", flush=True)
    begin(repository, plan)
    carry_out(repository, plan)
    if data is Data.DROP:
        labels = ",".join(leftovers.labels)
        print(f"`DROP_RETIRED_DATA={labels} make migrate` drops the tables, rows included.")


def check_service(repository: Repository) -> dict[str, bool]:
    """Run the checks of an update, and return the state of each toggle.

    Raises:
        UpdateError: A check failed; the message has the next step.
    """
    if read_under_way(repository):
        raise UpdateError("An update is in progress. Finish it with `make update-finish`.")
    preflight.check_tree(repository)
    preflight.check_template(repository, preflight.read_origin(repository), to=CURRENT)
    preflight.check_answers(repository)
    answers = read_answers((repository.folder / ANSWERS_FILE).read_text(encoding="utf-8"))
    return {name: STATES[answer] for name, answer in answers.items() if answer in STATES}


def packages_in(service: Path) -> set[str]:
    """Return the packages of the template's modules that a service lists."""
    tree = ast.parse((service / "app/modules.py").read_text(encoding="utf-8"))
    imports = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {name.removesuffix(".module") for name in imports if name.endswith(".module")}


def _is_kept(name: str) -> bool:
    modules = [module.name for module in (*MODULES, *FEATURES)]
    return name in kept_branches(all_scripts(), modules=modules) - retired_labels()


def _decide(leftovers: Leftovers, *, name: str, data: Data | None) -> None:
    """Print the leftovers; raise if something needs them, or if there is no choice for them."""
    try:
        contents = asyncio.run(look_into_database(leftovers))
        print(describe(leftovers, contents), flush=True)
        dependants = [*leftovers.depended_on_by, *contents.depended_on_by]
    except UpdateError as error:
        print(describe(leftovers, str(error)), flush=True)
        dependants = [*leftovers.depended_on_by]
    reasons = [*leftovers.needed_by, *(dependants if data is Data.DROP else ())]
    if reasons:
        raise UpdateError(f"Nothing was changed. Fix this first:\n{listed(reasons)}")
    if leftovers.tables and data is None:
        raise UpdateError(
            "Nothing was changed. Choose what to do with the tables:\n"
            f"  make switch off={name} data=keep  keeps them, with their rows and migrations\n"
            f"  make switch off={name} data=drop  exports them; every database drops them at its "
            "next upgrade"
        )


def _settle(copy: Repository, label: str, data: Data | None) -> None:
    """Restore the migrations that the update has deleted, as versions or as retired ones."""
    versions, retired = VERSIONS_PATH / label, copy.folder / RETIRED_PATH / label
    if copy.succeeds("cat-file", "-e", f"HEAD:./{versions}"):
        copy.git("restore", "--source=HEAD", "--worktree", "--", str(versions))
        if data is Data.DROP:
            shutil.rmtree(retired, ignore_errors=True)
            retired.parent.mkdir(exist_ok=True)
            (copy.folder / versions).rename(retired)


def _plan(repository: Repository, copy: Repository) -> Plan:
    unmerged = copy.names("ls-files", "--unmerged", "--full-name", "-z")
    plan = plan_for(repository, result=copy.store_whole("--force"), unmerged=unmerged)
    if plan is None:
        raise UpdateError("There is nothing to switch.")
    if paths := find_blocking_files(repository, plan):
        raise UpdateError(f"Ignored files are in the place of these. Move:\n{listed(paths)}")
    return plan


def main() -> None:
    """Read the command line and switch; status 1 for conflicts, 2 for a refusal."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.updating.switching",
        description="Switch one of the template's toggles on or off.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--on", metavar="NAME", help="the toggle to switch on")
    which.add_argument("--off", metavar="NAME", help="the toggle to switch off")
    parser.add_argument("--data", type=Data, choices=list(Data), help="keep or drop its tables")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="a folder to create for its rows")
    options = parser.parse_args()
    if options.on and (options.data or options.to):
        parser.error("data and to are about tables: use them with off")
    repository = Repository(SERVICE_ROOT)
    try:
        preflight.check_repository(repository)
        with alone(repository):
            if options.on:
                switch_on(repository, options.on)
            else:
                switch_off(repository, options.off, data=options.data, to=options.to)
    except UpdateError as error:
        print(error, file=sys.stderr)
        sys.exit(error.status)


if __name__ == "__main__":
    main()
