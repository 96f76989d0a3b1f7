"""What an update will do: it is done in a throw-away worktree, and what came of it is kept."""

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
from devtools.updating.losses import Comparison, compare
from devtools.updating.news import fetch_news

SCRATCH = "update-of-a-service-"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An update, ready to be written into the service.

    Attributes:
        old: The version that the service has.
        new: The version that it is brought to.
        before: The commit that is updated.
        result: The tree of the whole repository after it, conflict markers included.
        unmerged: What git's index says about the files in conflict.
        rendered: The tree that the template rendered for `old`.
        renewed: The tree that it renders for `new`.
        news: What the template says about the versions in between, in Markdown.
        is_written: Whether all of it is in the service's files.
    """

    old: str
    new: str
    before: str
    result: str
    unmerged: list[str]
    rendered: str
    renewed: str
    news: str
    is_written: bool = False

    def conflicts(self, repository: Repository) -> list[str]:
        """Return the files in which a line of the user's and one of the template's collide."""
        paths = {entry.split("\t", 1)[1] for entry in self.unmerged}
        return sorted(path.removeprefix(repository.prefix) for path in paths)

    def comparison(self, repository: Repository) -> Comparison:
        """Return the trees to look for losses in."""
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
    """Update a copy of the last commit, outside the service; nothing of the service changes.

    Args:
        repository: The service.
        to: As `run_copier_update` takes it.
        answers: Likewise.

    Returns:
        What to write into the service, or `None` where there is nothing to update.

    Raises:
        UpdateError: Copier refuses.
    """
    with scratch_worktree(repository) as copy:
        run_copier_update(copy.folder, answers=answers, to=to)
        unmerged = copy.names("ls-files", "--unmerged", "--full-name", "-z")
        return plan_for(repository, result=copy.store_whole("--force"), unmerged=unmerged)


def plan_for(repository: Repository, *, result: str, unmerged: list[str]) -> Plan | None:
    """Return the plan with this result; `None` if it changes nothing.

    Raises:
        UpdateError: Copier refuses to render the template.
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
        news=fetch_news(new["_src_path"], old=old["_commit"], new=new["_commit"]),
    )


def _answers_in(repository: Repository, place: str) -> dict[str, str]:
    return read_answers(repository.content(f"{place}{ANSWERS_FILE}").decode("utf-8", "replace"))


@contextmanager
def scratch_worktree(repository: Repository) -> Iterator[Repository]:
    """Yield the last commit's service in a folder elsewhere, removed afterwards."""
    remove_leftovers(repository)
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH)).resolve()
    try:
        repository.git("worktree", "add", "--quiet", "--detach", str(folder / "tree"), "HEAD")
        yield Repository(folder / "tree" / repository.prefix)
    finally:
        remove_worktree(repository, folder / "tree")


def remove_leftovers(repository: Repository) -> None:
    """Remove what updates left that were killed."""
    for entry in repository.names("worktree", "list", "--porcelain", "-z"):
        folder = Path(entry.removeprefix("worktree "))
        if entry.startswith("worktree ") and folder.parent.name.startswith(SCRATCH):
            remove_worktree(repository, folder)


def remove_worktree(repository: Repository, folder: Path) -> None:
    """Remove a throw-away worktree, and what git knows of it."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    repository.git("worktree", "prune")


def read_under_way(repository: Repository, *, to: str | None = None) -> Plan | None:
    """Return the update that is under way, if one is; forget one that was taken back.

    Raises:
        UpdateError: Another version is asked for than the one that is partly there.
    """
    path = plan_path(repository)
    if not path.exists():
        return None
    plan = Plan(**json.loads(path.read_text("utf-8")))
    is_other = to not in {None, plan.new}
    if plan.is_written:
        is_taken_back = _is_as_in(repository, plan.before, ANSWERS_FILE)
    else:
        has_moved_on = repository.git("rev-parse", "HEAD").strip() != plan.before
        is_taken_back = (has_moved_on or is_other) and _is_as_in(repository, "HEAD", ".")
    if is_taken_back:
        path.unlink()
        return None
    if is_other:
        raise UpdateError(f"The update to {plan.new} is under way. Finish it, or take it back.")
    return plan


def _is_as_in(repository: Repository, commit: str, path: str) -> bool:
    options = ("--quiet", "--no-ext-diff")
    untracked = repository.names("ls-files", "--others", "--exclude-standard", "-z", "--", path)
    return not untracked and repository.succeeds("diff", *options, commit, "--", path)


def adopt(repository: Repository) -> Plan:
    """Return the update that Copier itself did, and that nobody has committed.

    Raises:
        UpdateError: It did none.
    """
    if _is_as_in(repository, "HEAD", ANSWERS_FILE):
        raise UpdateError("No update is under way. `make update` begins one.")
    unmerged = repository.names("ls-files", "--unmerged", "--full-name", "-z")
    plan = plan_for(repository, result=repository.store_whole(), unmerged=unmerged)
    if plan is None:
        raise UpdateError("No update is under way. `make update` begins one.")
    return replace(plan, is_written=True)


def write_plan(repository: Repository, plan: Plan) -> None:
    """Note that an update is under way, in one step."""
    path = plan_path(repository)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(asdict(plan)), "utf-8")
    new.replace(path)


def plan_path(repository: Repository) -> Path:
    """Return where the note is: among git's own files, one for each service of the repository."""
    return repository.own_file(f"update-{repository.prefix.replace('/', '-')}plan.json")
