"""The plan of an update: its whole result, stored in git before anything is written."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from plumbline.errors import PlumblineError
from plumbline.renames import Renames
from plumbline.updating.answers import ANSWERS_FILE, read_answers, toggles_in
from plumbline.updating.formatting import Formatter
from plumbline.updating.git import Entry, Repository
from plumbline.updating.kept_migrations import find_kept, with_kept
from plumbline.updating.lost_changes import LostChanges, find_lost_changes
from plumbline.updating.merging import Merge, Merger, NotArrived, find_own, put_beside
from plumbline.updating.rendering import CURRENT, Rendering, render
from plumbline.updating.template import Template, is_older

PUT_AWAY = "git add --all . && git stash push -- ."
"""The command that removes what an update has written, conflicts included, in this folder alone."""

Adjust = Callable[[Rendering, Rendering, Merge], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An update that is ready to be written to the service.

    Attributes:
        old: The version that the service has.
        new: The version after the update.
        before: The commit that is updated.
        base: The service's tree as the template renders it for `old`.
        theirs: The same for `new`.
        result: The service's tree after the update, conflict markers included.
        merge: The result, and how it came about.
        release_notes: The template's notes on the versions in between, in Markdown.
        is_written: Whether the whole result is in the service's files.
        accepted: The files whose lost changes were reported, so that the next run accepts them.
    """

    old: str
    new: str
    before: str
    base: str
    theirs: str
    result: str
    merge: Merge
    release_notes: str
    is_written: bool = False
    accepted: list[str] = field(default_factory=list)

    def changed_files(self, repository: Repository) -> set[str]:
        """Return the paths that differ between the state before and the result."""
        before, after = repository.files(repository.tree(self.before)), self.merge.files
        return {path for path in {*before, *after} if before.get(path) != after.get(path)}

    def lost_changes(
        self, repository: Repository, outcome: Mapping[str, Entry] | None = None
    ) -> LostChanges:
        """Return the changes that are lost in the result, or in what it has become.

        Args:
            repository: The service.
            outcome: The service's files; those of the result by default.
        """
        return find_lost_changes(
            repository,
            self.merge,
            base=repository.files(self.base),
            ours=repository.files(repository.tree(self.before)),
            outcome=self.merge.files if outcome is None else outcome,
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """The request of an update.

    Attributes:
        to: A version; the newest by default, or `CURRENT` to change answers alone.
        answers: The answers to change.
    """

    to: str | None = None
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Planner:
    """The service and its template, from which an update is planned."""

    repository: Repository
    template: Template

    @cached_property
    def answers_file(self) -> bytes:
        """The answers file of the last commit."""
        return self.repository.content(f"HEAD:./{ANSWERS_FILE}")

    def plan(self, change: Change, *, adjust: Adjust | None = None) -> Plan | None:
        """Return the plan of an update; none if it changes nothing.

        Args:
            change: The request.
            adjust: Changes the result of the merge before it is stored.

        Raises:
            PlumblineError: The template cannot be rendered, or refuses an answer.
        """
        repository = self.repository
        old = str(read_answers(self.answers_file)["_commit"])
        new = self._target(old, change.to)
        if old == new and not change.answers and not adjust:
            return None
        base, theirs = self.render(old), self.render(new, changed=change.answers)
        own_tree = repository.tree("HEAD")
        ours = repository.files(own_tree)
        if kept := find_kept(base, ours):
            toggles = dict.fromkeys(toggles_in(read_answers(self.answers_file)), True)
            base, theirs = (
                with_kept(one, self.render(one.version, changed=toggles), kept)
                for one in (base, theirs)
            )
        renderings = base, theirs
        own = find_own(base.files, ours)
        base, theirs = (replace(one, files=put_beside(one.files, own)) for one in (base, theirs))
        base_tree = repository.store_tree(base.files)
        merge = self.merge(base, theirs, ours)
        if merge.not_arrived:
            name_moved_files(merge, find_renames(repository, base_tree, own_tree))
        if adjust:
            adjust(*renderings, merge)
        if merge.files == ours and not merge.not_arrived:
            return None
        return Plan(
            old=old,
            new=new,
            before=repository.git("rev-parse", "HEAD").strip(),
            base=base_tree,
            theirs=repository.store_tree(theirs.files),
            result=repository.store_tree(merge.files),
            merge=merge,
            release_notes="" if old == new else self.template.release_notes(old=old, new=new),
        )

    def _target(self, old: str, to: str | None) -> str:
        newest = self.template.newest
        if to == CURRENT or (to is None and (newest is None or is_older(newest, old))):
            return old
        return to or newest or old

    def render(
        self, version: str, *, changed: Mapping[str, object] | None = None, answers: bytes = b""
    ) -> Rendering:
        """Return the template's files for a version and the service's answers, rendered once.

        Args:
            version: The version.
            changed: The answers to change.
            answers: Another answers file than that of the last commit.

        Raises:
            PlumblineError: The template cannot be rendered, or refuses an answer.
        """
        answers = answers or self.answers_file
        key = version, answers, repr(sorted((changed or {}).items()))
        if key not in self._rendered:
            with tempfile.TemporaryDirectory(prefix="plumbline-") as scratch:
                self._rendered[key] = render(
                    self.repository,
                    self.template,
                    version,
                    scratch=Path(scratch),
                    answers=answers,
                    changed=changed,
                )
        return self._rendered[key]

    @cached_property
    def _rendered(self) -> dict[tuple[str, bytes, str], Rendering]:
        return {}

    def merge(self, base: Rendering, theirs: Rendering, ours: Mapping[str, Entry]) -> Merge:
        """Return the merge of the service's files with the change between two renderings."""
        return Merger(
            repository=self.repository,
            base=base.files,
            ours=ours,
            theirs=theirs.files,
            is_written_once=lambda path: base.is_written_once(path) or theirs.is_written_once(path),
            moved=Renames.load().paths,
            formatter=Formatter(self.repository.folder),
        ).merge()


def find_renames(repository: Repository, old: str, new: str) -> dict[str, str]:
    """Return the files that one tree has at other paths than another, as git recognizes them."""
    options = ("-r", "-z", "--find-renames", "--diff-filter=R", "--name-status")
    names = [name for name in repository.git("diff-tree", *options, old, new).split("\0") if name]
    return dict(zip(names[1::3], names[2::3], strict=True))


def name_moved_files(merge: Merge, renames: Mapping[str, str]) -> None:
    """Say of changes that did not arrive where the user has moved the file."""
    merge.not_arrived[:] = [
        replace(missed, reason=f"you have moved it to `{renames[missed.path]}`")
        if missed.path in renames
        else missed
        for missed in merge.not_arrived
    ]


def write_plan(repository: Repository, plan: Plan) -> None:
    """Store the plan of the update in progress in one step, and keep its objects by a ref."""
    trees = {"base": plan.base, "theirs": plan.theirs, "result": plan.result}
    entries = [f"040000 tree {tree}\t{name}" for name, tree in trees.items()]
    contents = {*plan.merge.bases.values(), *(missed.new for missed in plan.merge.not_arrived)}
    entries += [f"100644 blob {name}\t{name}" for name in sorted(contents)]
    kept = repository.git("mktree", "-z", given="\0".join(entries)).strip()
    repository.git("update-ref", _ref(repository), kept)
    path = plan_path(repository)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(plan)), "utf-8")
    new.replace(path)


def read_plan(repository: Repository) -> Plan | None:
    """Return the stored plan, if there is one.

    Raises:
        PlumblineError: It is of another release of this program, or its objects are lost.
    """
    path = plan_path(repository)
    if not path.exists():
        return None
    try:
        plan = _load(json.loads(path.read_text("utf-8")))
        for name in (plan.base, plan.theirs, plan.result, plan.before):
            repository.git("cat-file", "-e", name)
    except (ValueError, TypeError, KeyError, PlumblineError) as error:
        path.unlink()
        raise PlumblineError(
            "An update was begun here, and its plan cannot be read any more: it is forgotten. Put "
            f"away what it has written, with changes of your own (`{PUT_AWAY}`), then run "
            "`make update`."
        ) from error
    return plan


def forget_plan(repository: Repository) -> None:
    """Remove the stored plan, and the ref that keeps its objects."""
    plan_path(repository).unlink(missing_ok=True)
    repository.git("update-ref", "-d", _ref(repository))


def accept(plan: Plan, paths: list[str]) -> Plan:
    """Return the plan with the lost changes of more files accepted."""
    return replace(plan, accepted=sorted({*plan.accepted, *paths}))


def plan_path(repository: Repository) -> Path:
    """Return the path of the stored plan: in git's folder, one for each service and worktree."""
    return repository.own_path(f"plumbline-{_name(repository)}plan.json")


def _ref(repository: Repository) -> str:
    # `refs/worktree/` is of this worktree alone.
    return f"refs/worktree/plumbline/{_name(repository)}plan"


def _name(repository: Repository) -> str:
    return "".join(f"{part.encode().hex()}-" for part in repository.prefix.split("/") if part)


def _load(stored: dict[str, object]) -> Plan:
    merge = stored.pop("merge")
    if not isinstance(merge, dict):
        raise TypeError
    loaded = Merge(
        files={path: Entry(*entry) for path, entry in merge["files"].items()},
        conflicts={
            path: (Entry(*base) if base else None, Entry(*ours), Entry(*theirs))
            for path, (base, ours, theirs) in merge["conflicts"].items()
        },
        not_arrived=[NotArrived(**missed) for missed in merge["not_arrived"]],
        moves=merge["moves"],
        bases=merge["bases"],
    )
    return Plan(merge=loaded, **stored)  # pyrefly: ignore[bad-argument-type] - the fields of a stored plan
