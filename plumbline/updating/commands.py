"""The commands that update a service: update, preview, finish, check, switch, answer."""

import fcntl
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from plumbline.errors import PlumblineError, Unfinished, listed
from plumbline.updating import preflight
from plumbline.updating.answers import ANSWERS_FILE, read_answers, read_origin
from plumbline.updating.checking import check_service
from plumbline.updating.edited_answers import check_answers
from plumbline.updating.git import Files, Repository
from plumbline.updating.lost_changes import LostChanges
from plumbline.updating.migrations import missing_bases, read_migrations
from plumbline.updating.planning import (
    Adjust,
    Change,
    Plan,
    Planner,
    accept,
    forget_plan,
    read_plan,
    write_plan,
)
from plumbline.updating.rendering import CURRENT
from plumbline.updating.reporting import describe, describe_lost
from plumbline.updating.template import is_older, open_template
from plumbline.updating.writing import write

REPORT = ".data/update-report.md"
ALL = "all"


@dataclass(frozen=True)
class Updater:
    """The updates of one service.

    Attributes:
        repository: The service.
        accepted: The paths whose lost changes are accepted; `all` for any.
        check: Checks the updated service.
    """

    repository: Repository
    accepted: Collection[str] = ()
    check: Callable[[Path], None] = check_service

    def update(self, *, to: str | None) -> None:
        """Update the service, or resume the update in progress.

        Args:
            to: A version; the newest by default.

        Raises:
            PlumblineError: It is refused, leaves conflicts or loses changes, or a check fails.
        """
        if plan := self.under_way(to=to):
            print(f"Resuming the update to {plan.new}.", flush=True)
            self.carry_out(plan)
        else:
            self.apply(self.plan(Change(to=to)))

    def preview(self, *, to: str | None) -> None:
        """Print the report of an update without doing it.

        Args:
            to: A version; the newest by default.

        Raises:
            PlumblineError: It would be refused, leave conflicts, or lose changes.
        """
        plan = self.plan(Change(to=to))
        print(describe(self.repository, plan, back="HEAD") if plan else "Nothing to update.")
        if plan and (
            plan.merge.conflicts or self.unaccepted(plan, plan.lost_changes(self.repository))
        ):
            raise Unfinished(
                "Nothing was changed. The update would leave conflicts or lose changes, see above."
            )

    def apply(self, plan: Plan | None, *, before: Callable[[], None] = lambda: None) -> None:
        """Write a plan, and check the service.

        Args:
            plan: The plan; none if there is nothing to do.
            before: Runs before anything is written.

        Raises:
            PlumblineError: It leaves conflicts or loses changes, or a check fails.
        """
        if plan is None:
            print("Nothing to update.")
            return
        before()
        self.begin(plan)
        self.carry_out(plan)

    def plan(self, change: Change, *, adjust: Adjust | None = None) -> Plan | None:
        """Return the plan of an update; none if it changes nothing.

        Args:
            change: The request.
            adjust: Changes the result of the merge before it is stored.

        Raises:
            PlumblineError: The update is refused.
        """
        preflight.check_tree(self.repository)
        source, version = read_origin(self.answers)
        with open_template(source, folder=self.repository.folder) as template:
            to = None if change.to == CURRENT else change.to
            preflight.check_versions(template, old=version, to=to)
            planner = Planner(self.repository, template)
            check_answers(planner)
            plan = planner.plan(change, adjust=adjust)
        if plan:
            self._check_migrations(plan)
            preflight.check_places(self.repository, plan)
        return plan

    def begin(self, plan: Plan) -> None:
        """Tag the present state, print and store the report, and store the plan."""
        tag = make_backup_tag(self.repository, before=plan.before, new=plan.new)
        report = describe(self.repository, plan, back=tag)
        undo = f"git restore --source={tag} --staged --worktree -- ."
        print(f"{report}\n\nTo undo the update: {undo}\n", flush=True)
        path = self.repository.folder / REPORT
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{report}\n", "utf-8", errors="surrogateescape")
        write_plan(self.repository, plan)

    def carry_out(self, plan: Plan) -> None:
        """Write the rest of the update, stop while anything is left to decide, then check.

        Raises:
            Unfinished: A conflict, a lost change or a failed check is left.
        """
        # Once everything is written, other edits than those of conflicts are new ones.
        paths = plan.merge.conflicts if plan.is_written else plan.changed_files(self.repository)
        if not plan.is_written:
            write(self.repository, plan)
        lost = plan.lost_changes(self.repository, self.outcome(plan, paths))
        left = {
            *preflight.unmerged_files(self.repository),
            *preflight.find_markers(self.repository),
        }
        unaccepted = self.unaccepted(plan, lost)
        if unaccepted:
            plan = accept(plan, lost.paths)
            print(describe_lost(lost, back=plan.before[:12]), flush=True)
        write_plan(self.repository, replace(plan, is_written=True))
        if left or unaccepted:
            raise Unfinished(_left(sorted(left), unaccepted))
        self.check(self.repository.folder)
        forget_plan(self.repository)
        done = "Changed the answers" if plan.new == plan.old else f"Updated to {plan.new}"
        print(f"\n{done}. Read {REPORT}, run `make test`, and commit.")

    def unaccepted(self, plan: Plan, lost: LostChanges) -> list[str]:
        """Return the files with lost changes that nobody has accepted."""
        if ALL in self.accepted:
            return []
        return sorted({*lost.paths} - {*plan.accepted, *self.accepted})

    def under_way(self, *, to: str | None = None) -> Plan | None:
        """Return the update in progress, if there is one; forget an update that was undone.

        Args:
            to: The requested version.

        Raises:
            PlumblineError: It is an update to another version than the requested one.
        """
        plan = read_plan(self.repository)
        if plan is None:
            return None
        if self._is_over(plan):
            forget_plan(self.repository)
            return None
        if to not in {None, plan.new}:
            raise PlumblineError(f"The update to {plan.new} is in progress. Finish it, or undo it.")
        return plan

    @cached_property
    def answers(self) -> Mapping[str, object]:
        """The answers of the last commit."""
        return read_answers(self.repository.content(f"HEAD:./{ANSWERS_FILE}"))

    @cached_property
    def own_files(self) -> Files:
        """The files of the last commit."""
        return self.repository.files(self.repository.tree("HEAD"))

    def _check_migrations(self, plan: Plan) -> None:
        before, after = (
            read_migrations(self.repository, files)
            for files in (self.own_files, plan.merge.files_without_markers)
        )
        if missing := missing_bases(before, after):
            names = [f"{path} follows {revision}" for path, revision in missing.items()]
            raise PlumblineError(
                "Nothing was changed. New migrations follow ones that you have deleted, "
                f"or that have lost their revision:\n{listed(names)}\nRestore those from git's "
                "history (`git log --diff-filter=D -- migrations/versions`), or switch "
                "their module off with `make switch off=NAME`."
            )

    def outcome(self, plan: Plan, paths: Collection[str]) -> Files:
        """Return the result of an update, with some of its files as they are now.

        Args:
            plan: The update.
            paths: The paths of these files.
        """
        present = self.repository.present_files(paths, commit=plan.before)
        others = {name: entry for name, entry in plan.merge.files.items() if name not in paths}
        return {**others, **present}

    def _is_over(self, plan: Plan) -> bool:
        """Return whether the update was undone, or committed before it was written."""
        if plan.is_written and self._changes_answers(plan):
            before = self.repository.content(f"{plan.before}:./{ANSWERS_FILE}")
            path = self.repository.folder / ANSWERS_FILE
            return path.exists() and path.read_bytes().split() == before.split()
        return not preflight.uncommitted_files(self.repository)

    def _changes_answers(self, plan: Plan) -> bool:
        return ANSWERS_FILE in plan.changed_files(self.repository)


def make_backup_tag(repository: Repository, *, before: str, new: str) -> str:
    """Return the tag of the state before an update; a tag of another state is never moved."""
    for number in count(1):
        tag = f"before-update-{new}" + (f"-{number}" if number > 1 else "")
        ref = f"refs/tags/{tag}"
        if not repository.succeeds("rev-parse", "--verify", "--quiet", ref):
            with suppress(PlumblineError):  # Another worktree's update may have just made it.
                repository.git("update-ref", ref, before, repository.no_object)
        if repository.git("rev-parse", ref).strip() == before:
            return tag
    raise AssertionError  # `count` never ends.


@contextmanager
def alone(repository: Repository) -> Iterator[None]:
    """Allow one update of a working tree at a time.

    Raises:
        PlumblineError: Another one is running.
    """
    with repository.own_path("plumbline.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlumblineError("Another update is running. Wait for it to end.") from None
        yield


def check_for_update(repository: Repository) -> int:
    """Print whether an update is due, and return the status: 0 for no, 1 for yes.

    Raises:
        PlumblineError: The template cannot be read.
    """
    path = repository.folder / ANSWERS_FILE
    if not path.is_file():
        raise PlumblineError(f"There is no {path}. Run the command in the service's folder.")
    source, version = read_origin(read_answers(path.read_bytes()))
    if advice := preflight.advise_on_address(repository, source):
        print(advice, file=sys.stderr)
    with open_template(source, folder=repository.folder) as template:
        preflight.check_versions(template, old=version, to=None)
        newest = template.newest
    if newest is None or newest == version or is_older(newest, version):
        print(f"Up to date with the template: {version} is its newest version.\nupdate-due=no")
        return 0
    print(f"The template has {newest}, this service {version}. `make update-preview` shows the")
    print(f"changes.\nupdate-due=yes\nupdate-from={version}\nupdate-to={newest}")
    return 1


def _left(conflicts: Collection[str], lost: Collection[str]) -> str:
    parts: list[str] = []
    if conflicts:
        parts.append(
            f"In conflict:\n{listed(conflicts)}\n"
            "Resolve and `git add` them, then run `make update-finish`."
        )
    if lost:
        parts.append(
            f"Changes are missing in the result, see above:\n{listed(lost)}\n"
            "Make them again where they belong. `make update-finish` accepts those that are left."
        )
    return "\n".join(parts)
