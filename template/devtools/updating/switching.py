"""Switch one of the template's toggles on or off, with a database that lives.

    python -m devtools.updating.switching --on NAME
    python -m devtools.updating.switching --off NAME [--data keep|drop] [--to FOLDER]

Switched off, a module leaves its tables behind. `keep` leaves them, and their migrations, as they
are. `drop` writes their rows to files and retires the migrations: each database then drops the
tables at its next `alembic upgrade heads`. Without a choice, this only says what there is.
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
from devtools.updating import refusals
from devtools.updating.__main__ import SERVICE_ROOT, alone, begin, carry_out
from devtools.updating.answers import ANSWERS_FILE, read_answers
from devtools.updating.copier_runs import CURRENT, run_copier_update
from devtools.updating.errors import UpdateError, listed
from devtools.updating.exports import default_folder, export_tables
from devtools.updating.git import Repository
from devtools.updating.orphans import Orphans, describe, find_kept, find_orphans, look_into_database
from devtools.updating.planning import Plan, plan_for, read_under_way, scratch_worktree
from devtools.updating.writing import find_hindrances
from migrations.branches import kept_branches
from migrations.retiring import RETIRED, VERSIONS, all_scripts, retired_labels

STATES = {"true": True, "false": False}
VERSIONS_PATH, RETIRED_PATH = (path.relative_to(SERVICE_ROOT) for path in (VERSIONS, RETIRED))


class Data(StrEnum):
    """What becomes of the tables of a module that goes."""

    KEEP = "keep"
    DROP = "drop"


def switch_on(repository: Repository, name: str) -> None:
    """Switch a toggle on; tables that were kept are found again, dropped ones are made anew.

    Raises:
        UpdateError: It is on already, or as for an update.
    """
    toggles = check_service(repository)
    if name not in toggles:
        raise UpdateError(f"There is no toggle {name}. There are: {', '.join(sorted(toggles))}.")
    if toggles[name]:
        raise UpdateError(f"{name} is on.")
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
    """Say what a toggle leaves behind and, when that is decided, switch it off.

    Args:
        repository: The service.
        name: The toggle; or a module that is gone and whose tables were kept, to drop them.
        data: What becomes of the tables.
        to: Where their rows are written to before they are dropped; a folder to make.

    Raises:
        UpdateError: It is off, it is not decided what becomes of the tables, something needs them,
            they cannot be exported, or as for an update.
    """
    is_on = check_service(repository).get(name, False)
    if not is_on and not _is_kept(name):
        raise UpdateError(f"{name} is not on, and there are no tables that were kept of it.")
    with scratch_worktree(repository) as copy:
        if is_on:
            run_copier_update(copy.folder, answers={name: False}, to=CURRENT)
            orphans = find_orphans(packages_in(repository.folder) - packages_in(copy.folder))
        else:
            orphans = find_kept(name)
        _decide(orphans, name=name, data=data)
        for label in orphans.labels:
            _settle(copy, label, data)
        plan = _plan(repository, copy)
    if data is Data.DROP:
        folder = to or default_folder(name)
        asyncio.run(export_tables(orphans.tables, folder))
        print(f"The rows are in {folder}.", flush=True)
    begin(repository, plan)
    carry_out(repository, plan)
    if data is Data.DROP:
        labels = ",".join(orphans.labels)
        print(f"`DROP_RETIRED_DATA={labels} make migrate` drops the tables, rows included.")


def check_service(repository: Repository) -> dict[str, bool]:
    """Refuse what an update refuses; return the toggles and whether they are on.

    Raises:
        UpdateError: With what to do.
    """
    if read_under_way(repository):
        raise UpdateError("An update is under way. End it with `make update-finish`.")
    refusals.check_tree(repository)
    refusals.check_template(repository, refusals.read_origin(repository), to=CURRENT)
    refusals.check_answers(repository)
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


def _decide(orphans: Orphans, *, name: str, data: Data | None) -> None:
    """Say what is left behind; raise while that is needed, or nobody says what becomes of it."""
    try:
        contents = asyncio.run(look_into_database(orphans))
        print(describe(orphans, contents), flush=True)
        dependants = [*orphans.depended_on_by, *contents.depended_on_by]
    except UpdateError as error:
        print(describe(orphans, str(error)), flush=True)
        dependants = [*orphans.depended_on_by]
    reasons = [*orphans.needed_by, *(dependants if data is Data.DROP else ())]
    if reasons:
        raise UpdateError(f"Nothing was changed. Mend this first:\n{listed(reasons)}")
    if orphans.tables and data is None:
        raise UpdateError(
            "Nothing was changed. Say what becomes of the tables:\n"
            f"  make switch off={name} data=keep  leaves them, with their rows and migrations\n"
            f"  make switch off={name} data=drop  exports them; every database drops them at its "
            "next upgrade"
        )


def _settle(copy: Repository, label: str, data: Data | None) -> None:
    """Bring back the migrations that the update has deleted, to where they belong now."""
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
    if paths := find_hindrances(repository, plan):
        raise UpdateError(f"Ignored files are where these go. Move:\n{listed(paths)}")
    return plan


def main() -> None:
    """Read the command line and switch; 1: something has to be mended, 2: it was refused."""
    parser = argparse.ArgumentParser(
        prog="python -m devtools.updating.switching",
        description="Switch one of the template's toggles on or off.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--on", metavar="NAME", help="the toggle to switch on")
    which.add_argument("--off", metavar="NAME", help="the toggle to switch off")
    parser.add_argument("--data", type=Data, choices=list(Data), help="what becomes of its tables")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where its rows are exported to")
    options = parser.parse_args()
    if options.on and (options.data or options.to):
        parser.error("data and to say what becomes of tables: they go with off")
    repository = Repository(SERVICE_ROOT)
    try:
        refusals.check_repository(repository)
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
