"""The end of an update: of one in progress, or of one that Copier itself has done."""

from dataclasses import replace

from plumbline.errors import PlumblineError, listed
from plumbline.updating import preflight
from plumbline.updating.answers import ANSWERS_FILE, read_answers, read_origin
from plumbline.updating.commands import Updater
from plumbline.updating.migrations import read_migrations
from plumbline.updating.planning import PUT_AWAY, Change, Plan, Planner
from plumbline.updating.reporting import describe_lost
from plumbline.updating.template import open_template

NOTHING = "No update is in progress. `make update` begins one."
UNDO = (
    f"Copier's own update is not taken over: undo it with `{PUT_AWAY}`, "
    "and run `make update` (or `make switch` and `make answer`, to change answers)."
)


def finish(updater: Updater) -> None:
    """Finish the update in progress, or one that Copier itself has done.

    Raises:
        PlumblineError: There is none, or a conflict or a failed check is left.
    """
    updater.carry_out(updater.under_way() or _adopt(updater))


def _adopt(updater: Updater) -> Plan:
    """Return the plan of an uncommitted update by Copier itself, if it has lost nothing.

    Raises:
        PlumblineError: There is none, or changes are missing in it.
    """
    repository, before = updater.repository, updater.answers
    path = repository.folder / ANSWERS_FILE
    now = read_answers(path.read_bytes()) if path.exists() else before
    if now == before:
        raise PlumblineError(NOTHING)
    _require_tables(
        updater, {name for name, on in before.items() if on is True and not now.get(name)}
    )
    source, version = read_origin(before)
    to = str(now.get("_commit"))
    with open_template(source, folder=repository.folder) as template:
        preflight.check_versions(template, old=version, to=None if to == version else to)
        changed = {name: value for name, value in now.items() if not name.startswith("_")}
        plan = Planner(repository, template).plan(Change(to=to, answers=changed))
    if plan is None:
        raise PlumblineError(NOTHING)
    everything = {*updater.own_files, *plan.merge.files}
    lost = plan.lost_changes(repository, updater.outcome(plan, everything))
    if {*lost.paths}.difference(preflight.unmerged_files(repository)):
        raise PlumblineError(f"{describe_lost(lost, back='HEAD')}\n\n{UNDO}")
    plan = replace(plan, is_written=True)
    updater.begin(plan)
    return plan


def _require_tables(updater: Updater, removed: set[str]) -> None:
    """Raise if toggles were switched off, since Copier decides nothing about their tables."""
    if removed:
        migrations = read_migrations(updater.repository, updater.own_files)
        tables = [table for one in migrations if one.label in removed for table in one.tables]
        raise PlumblineError(
            f"Switched off without their tables: {', '.join(sorted(removed))}.\n"
            f"{listed(tables)}\n{UNDO}"
        )
