"""The plan of an update: it is done in a temporary worktree, and its result is stored."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from devtools.updating.answers import ANSWERS_FILE, read_answers
from devtools.updating.copier_runs import run_copier_update
from devtools.updating.errors import UpdateError
from devtools.updating.git import Repository
from devtools.updating.lost_changes import Comparison, compare
from devtools.updating.release_notes import fetch_release_notes

SCRATCH = "update-of-a-service-"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An update that is ready to be written to the service.

    Attributes:
        old: The version that the service has.
        new: The version after the update.
        before: The commit that is updated.
        result: The tree of the whole repository after it, conflict markers included.
        unmerged: The entries of git's index for files in conflict.
        rendered: The tree that the template renders for `old`.
        renewed: The tree that it renders for `new`.
        release_notes: The template's notes on the versions in between, in Markdown.
        is_written: Whether the whole result is in the service's files.
    """

    old: str
    new: str
    before: str
    result: str
    unmerged: list[str]
    rendered: str
    renewed: str
    release_notes: str
    is_written: bool = False

    def conflicts(self, repository: Repository) -> list[str]:
        """Return the files in which the user and the template have changed the same lines."""
        paths = {entry.split("\t", 1)[1] for entry in self.unmerged}
        return sorted(path.removeprefix(repository.prefix) for path in paths)

    def comparison(self, repository: Repository) -> Comparison:
        """Return the four trees that show lost changes."""
        return Comparison(
            repository=repository,
            rendered=self.rendered,
            renewed=self.renewed,
            before=repository.tree(self.before),
            after=repository.tree(self.result),
        )


def prepare(
    repository: Repository, *, to: str | None, answers: Mapping[str, bool] | None = None
) -> Plan | None:
    """Update a copy of the last commit, and leave the service as it is.

    Args:
        repository: The service.
        to: The version, as for `run_copier_update`.
        answers: The answers to change, as for `run_copier_update`.

    Returns:
        The plan, or `None` if there is nothing to update.

    Raises:
        UpdateError: Copier failed.
    """
    with scratch_worktree(repository) as copy:
        run_copier_update(copy.folder, answers=answers, to=to)
        unmerged = copy.names("ls-files", "--unmerged", "--full-name", "-z")
        return plan_for(repository, result=copy.store_whole("--force"), unmerged=unmerged)


def plan_for(repository: Repository, *, result: str, unmerged: list[str]) -> Plan | None:
    """Return the plan with this result; `None` if it changes nothing.

    Raises:
        UpdateError: Copier cannot render the template.
    """
    tree = repository.tree(result)
    if tree == repository.tree("HEAD"):
        return None
    compared = compare(repository, after=tree)
    old, new = (_answers_in(repository, place) for place in ("HEAD:./", f"{tree}:"))
    return Plan(
        old=old["_commit"],
        new=new["_commit"],
        before=repository.git("rev-parse", "HEAD").strip(),
        result=result,
        unmerged=unmerged,
        rendered=compared.rendered,
        renewed=compared.renewed,
        release_notes=fetch_release_notes(new["_src_path"], old=old["_commit"], new=new["_commit"]),
    )


def _answers_in(repository: Repository, place: str) -> dict[str, str]:
    return read_answers(repository.content(f"{place}{ANSWERS_FILE}").decode("utf-8", "replace"))


@contextmanager
def scratch_worktree(repository: Repository) -> Iterator[Repository]:
    """Yield the service of the last commit in a temporary worktree."""
    remove_worktrees(repository)
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH)).resolve()
    try:
        repository.git("worktree", "add", "--quiet", "--detach", str(folder / "tree"), "HEAD")
        yield Repository(folder / "tree" / repository.prefix)
    finally:
        remove_worktree(repository, folder / "tree")


def remove_worktrees(repository: Repository) -> None:
    """Remove the worktrees of killed updates."""
    for entry in repository.names("worktree", "list", "--porcelain", "-z"):
        folder = Path(entry.removeprefix("worktree "))
        if entry.startswith("worktree ") and folder.parent.name.startswith(SCRATCH):
            remove_worktree(repository, folder)


def remove_worktree(repository: Repository, folder: Path) -> None:
    """Remove a temporary worktree, and its entry in git."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    repository.git("worktree", "prune")


def read_under_way(repository: Repository, *, to: str | None = None) -> Plan | None:
    """Return the update in progress, if there is one; forget an update that was undone.

    Raises:
        UpdateError: It is an update to another version than the requested one.
    """
    path = plan_path(repository)
    if not path.exists():
        return None
    plan = Plan(**json.loads(path.read_text("utf-8")))
    is_other = to not in {None, plan.new}
    if plan.is_written:
        is_undone = _is_as_in(repository, plan.before, ANSWERS_FILE)
    else:
        has_moved_on = repository.git("rev-parse", "HEAD").strip() != plan.before
        is_undone = (has_moved_on or is_other) and _is_as_in(repository, "HEAD", ".")
    if is_undone:
        path.unlink()
        return None
    if is_other:
        raise UpdateError(f"The update to {plan.new} is in progress. Finish it, or undo it.")
    return plan


def _is_as_in(repository: Repository, commit: str, path: str) -> bool:
    options = ("--quiet", "--no-ext-diff")
    untracked = repository.names("ls-files", "--others", "--exclude-standard", "-z", "--", path)
    return not untracked and repository.succeeds("diff", *options, commit, "--", path)


def adopt(repository: Repository) -> Plan:
    """Return the plan of an uncommitted update by Copier itself.

    Raises:
        UpdateError: There is none.
    """
    if _is_as_in(repository, "HEAD", ANSWERS_FILE):
        raise UpdateError("No update is in progress. `make update` begins one.")
    unmerged = repository.names("ls-files", "--unmerged", "--full-name", "-z")
    plan = plan_for(repository, result=repository.store_whole(), unmerged=unmerged)
    if plan is None:
        raise UpdateError("No update is in progress. `make update` begins one.")
    return replace(plan, is_written=True)


def write_plan(repository: Repository, plan: Plan) -> None:
    """Store the plan of the update in progress, in one step."""
    path = plan_path(repository)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(plan)), "utf-8")
    new.replace(path)


def plan_path(repository: Repository) -> Path:
    """Return the path of the stored plan: in git's folder, one for each service in it."""
    return repository.own_file(f"update-{repository.prefix.replace('/', '-')}plan.json")
