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
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from app.features import FEATURES
from app.modules import MODULES
from devtools.updating.answers import ANSWERS_FILE, read_answers
from devtools.updating.copier_runs import render, run_copier_update
from devtools.updating.errors import UpdateError
from devtools.updating.exports import default_folder, export_tables
from devtools.updating.git import Repository
from devtools.updating.orphans import (
    Contents,
    Orphans,
    describe,
    find_kept,
    find_orphans,
    look_into_database,
)
from migrations.branches import kept_branches
from migrations.retiring import RETIRED, VERSIONS, all_scripts

SERVICE_ROOT = Path(__file__).parents[2]
STATES = {"true": True, "false": False}
UNDECIDED = 2


class Data(StrEnum):
    """What becomes of the tables of a module that goes."""

    KEEP = "keep"
    DROP = "drop"


class Undecided(UpdateError):
    """Nothing was done: a choice is missing, or something is in the way."""


def switch_on(repository: Repository, name: str) -> None:
    """Switch a toggle on; tables that were kept are found again, dropped ones are made anew.

    Raises:
        UpdateError: It is on already, or the update fails.
    """
    toggles = read_toggles(repository)
    if toggles.get(name, True):
        known = ", ".join(toggles)
        raise UpdateError(f"{name} is on already." if name in toggles else f"Toggles: {known}.")
    _update(repository, {name: True})
    for folder in RETIRED.glob("*/"):
        if (VERSIONS / folder.name).is_dir():
            shutil.rmtree(folder)


def switch_off(
    repository: Repository, name: str, *, data: Data | None, to: Path | None = None
) -> None:
    """Say what a toggle leaves behind and, when that is decided, switch it off.

    Args:
        repository: The service.
        name: The toggle; or a module that is gone and whose tables were kept, to drop them.
        data: What becomes of the tables.
        to: Where their rows are written to before they are dropped.

    Raises:
        Undecided: Nothing was done.
        UpdateError: It is off already, the rows cannot be exported or the update fails.
    """
    is_on = read_toggles(repository).get(name, False)
    if is_on:
        orphans = find_orphans(_packages_that_go(repository, name))
    elif _is_kept(name):
        orphans = find_kept(name)
    else:
        raise UpdateError(f"{name} is not on, and there are no tables that were kept of it.")
    contents, trouble = _look(orphans)
    print(describe(orphans, contents or trouble))
    _refuse(orphans, contents, name=name, data=data)
    if data is Data.DROP:
        folder = to or default_folder(name)
        asyncio.run(export_tables(orphans.tables, folder))
        print(f"Exported to {folder}.")
    if is_on:
        _update(repository, {name: False})
    _settle(repository, orphans.labels, data)


def read_toggles(repository: Repository) -> dict[str, bool]:
    """Return the template's yes-or-no questions and how they are answered."""
    answers = read_answers((repository.folder / ANSWERS_FILE).read_text(encoding="utf-8"))
    return {name: STATES[answer] for name, answer in answers.items() if answer in STATES}


def _is_kept(name: str) -> bool:
    modules = [module.name for module in (*MODULES, *FEATURES)]
    return (VERSIONS / name).is_dir() and name in kept_branches(all_scripts(), modules=modules)


def _packages_that_go(repository: Repository, name: str) -> set[str]:
    """Render the service without the toggle: others may go with it."""
    answers = (repository.folder / ANSWERS_FILE).read_text(encoding="utf-8")
    changed = re.sub(rf"^{name}: true$", f"{name}: false", answers, flags=re.MULTILINE)
    with tempfile.TemporaryDirectory() as scratch:
        rendered = Path(scratch) / "service"
        render(rendered, answers=changed)
        return _packages_in(repository.folder) - _packages_in(rendered)


def _packages_in(service: Path) -> set[str]:
    """Return the packages of the modules that a service lists, of the template's."""
    tree = ast.parse((service / "app/modules.py").read_text(encoding="utf-8"))
    imports = [node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {name.removesuffix(".module") for name in imports if name.endswith(".module")}


def _look(orphans: Orphans) -> tuple[Contents | None, str]:
    try:
        return asyncio.run(look_into_database(orphans)), ""
    except UpdateError as error:
        return None, str(error)


def _refuse(orphans: Orphans, contents: Contents | None, *, name: str, data: Data | None) -> None:
    """Raise while something needs the tables, or nobody has said what becomes of them."""
    reasons = list(orphans.needed_by)
    if data is Data.DROP:
        reasons += orphans.depended_on_by
        reasons += contents.depended_on_by if contents else ()
    if reasons:
        raise Undecided(f"Nothing was changed. Mend this first:\n{_lines(reasons)}")
    if orphans.tables and data is None:
        raise Undecided(
            "Nothing was changed. Say what becomes of the tables:\n"
            f"  make switch off={name} data=keep  leaves them, with their rows and migrations\n"
            f"  make switch off={name} data=drop  exports them; every database drops them at its "
            "next upgrade"
        )


def _update(repository: Repository, answers: dict[str, bool]) -> None:
    run_copier_update(repository.folder, answers=answers, to=":current:")


def _settle(repository: Repository, labels: Iterable[str], data: Data | None) -> None:
    """Bring the migrations back that the update has deleted, to where they belong now."""
    for label in labels:
        versions = VERSIONS / label
        path = versions.relative_to(SERVICE_ROOT).as_posix()
        if not repository.succeeds("cat-file", "-e", f"HEAD:{repository.prefix}{path}"):
            continue
        repository.git("restore", "--source=HEAD", "--worktree", "--", path)
        if data is Data.DROP:
            RETIRED.mkdir(exist_ok=True)
            shutil.rmtree(RETIRED / label, ignore_errors=True)
            versions.rename(RETIRED / label)


def _lines(sentences: Iterable[str]) -> str:
    return "\n".join(f"  {sentence}" for sentence in sentences)


def main() -> None:
    """Read the command line, switch, say what is to be done next."""
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
    repository = Repository(SERVICE_ROOT)
    try:
        if options.on:
            switch_on(repository, options.on)
        else:
            switch_off(repository, options.off, data=options.data, to=options.to)
    except UpdateError as error:
        print(error, file=sys.stderr)
        sys.exit(UNDECIDED if isinstance(error, Undecided) else 1)


if __name__ == "__main__":
    main()
