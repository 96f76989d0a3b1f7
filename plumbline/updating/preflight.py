"""Checks before an update. Each failure explains the next step, and changes nothing."""

from plumbline.errors import PlumblineError, listed
from plumbline.updating.answers import ANSWERS_FILE, is_local
from plumbline.updating.git import Repository
from plumbline.updating.planning import Plan
from plumbline.updating.template import Template, is_older
from plumbline.updating.writing import find_blocking_files, find_hidden_files

_MARKERS = ("^<<<<<<< ", "^>>>>>>> ")
_LOCK = "uv.lock"  # A command of the service itself may have made it.
_OPERATIONS = {
    "rebase-apply/applying": "am",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}


def check_repository(repository: Repository) -> None:
    """Refuse a service that is not committed to git.

    Raises:
        PlumblineError: The message has the next step.
    """
    if not repository.folder.is_dir():
        raise PlumblineError(f"There is no folder {repository.folder}.")
    try:
        place = repository.git_in_worktree("rev-parse", "--is-inside-work-tree")
    except PlumblineError as error:
        if "not a git repository" not in str(error):
            raise
        raise PlumblineError(
            "This folder is not in git. Run `git init`, and commit everything."
        ) from None
    if place.strip() != "true":
        raise PlumblineError(
            "This folder has no files of a service: it is git's own. Run the command in the "
            "service's folder."
        )
    if not repository.succeeds("cat-file", "-e", f"HEAD:./{ANSWERS_FILE}"):
        raise PlumblineError(f"{ANSWERS_FILE} is not committed. Commit the whole service first.")


def check_tree(repository: Repository) -> None:
    """Refuse a service with uncommitted changes, unresolved conflicts, or an unfinished merge.

    Raises:
        PlumblineError: The message has the next step.
    """
    if operation := _find_operation(repository):
        raise PlumblineError(
            f"`git {operation}` is in progress. Finish it, or run `git {operation} --abort`."
        )
    if left := unmerged_files(repository):
        raise PlumblineError(f"Resolve and `git add` these, or abort the merge:\n{listed(left)}")
    if dirty := uncommitted_files(repository):
        raise PlumblineError(f"Commit or stash these first:\n{listed(dirty)}")
    if marked := find_markers(repository):
        raise PlumblineError(
            f"Conflict markers are committed in these. Resolve them and commit:\n{listed(marked)}\n"
            "If they belong there, add to .gitattributes: PATH conflict-marker-size=32"
        )


def _find_operation(repository: Repository) -> str | None:
    """Return the command of git that has stopped and waits for the user."""
    for name, operation in _OPERATIONS.items():
        if repository.own_path(name).exists():
            return operation
    try:  # Between two commits of a list.
        rest = repository.own_path("sequencer/todo").read_text("utf-8", "replace")
    except OSError:
        return None
    return "revert" if rest.startswith("revert") else "cherry-pick"


def uncommitted_files(repository: Repository) -> list[str]:
    """Return the files that differ from the last commit, new ones included."""
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all")
    entries = repository.list_names("status", *options, "--", ".")
    found = [(entry[:2], entry[3:].removeprefix(repository.prefix)) for entry in entries]
    return [path for state, path in found if (state, path) != ("??", _LOCK)]


def unmerged_files(repository: Repository) -> list[str]:
    """Return the files that are in conflict in git's index."""
    listed_files = repository.list_names("ls-files", "--unmerged", "-z")
    return sorted({line.split("\t", 1)[1] for line in listed_files})


def find_markers(repository: Repository) -> list[str]:
    """Return the tracked files with conflict markers, without those that an attribute allows."""
    patterns = [part for marker in _MARKERS for part in ("-e", marker)]
    options = ("-z", "-a", "-l", "-G", "--all-match", "--no-recurse-submodules", "--no-full-name")
    try:
        found = repository.list_names("grep", *options, *patterns)
    except PlumblineError:  # git fails if it finds none.
        return []
    attribute = "conflict-marker-size"
    return [
        path
        for path in found
        if repository.list_names("check-attr", "-z", attribute, "--", path)[2] == "unspecified"
    ]


def check_versions(template: Template, *, old: str, to: str | None) -> None:
    """Refuse a version that the template lacks, and one that is older than the service's.

    Raises:
        PlumblineError: The message has the next step.
    """
    if not template.has(old):
        raise PlumblineError(
            f"The template has no version {old}, which this service has. Check `_src_path` and "
            f"`_commit` in {ANSWERS_FILE}."
        )
    if to and to not in template.versions:
        newest = ", ".join(template.versions[:5]) or "none"
        raise PlumblineError(f"The template has no version {to}. Its newest: {newest}.")
    if to and is_older(to, old):
        raise PlumblineError(
            f"{to} is older than {old}, which this service has. Give a newer version, or go back "
            "to the commit before the last update."
        )


def check_places(repository: Repository, plan: Plan) -> None:
    """Refuse to overwrite or to follow anything that is not in the last commit.

    Raises:
        PlumblineError: The message names it.
    """
    if paths := find_blocking_files(repository, plan):
        raise PlumblineError(
            "These are in the place of files that the update writes, and not in git. "
            f"Move or remove them:\n{listed(paths)}"
        )
    if paths := find_hidden_files(repository, plan):
        raise PlumblineError(
            f"The update changes these, and git is told to ignore them:\n{listed(paths)}\n"
            "Run `git update-index --no-skip-worktree --no-assume-unchanged` with their paths, or "
            "`git sparse-checkout disable`."
        )


def advise_on_address(repository: Repository, source: str) -> str | None:
    """Return what to do about an address that only this machine has; nothing for any other.

    Args:
        repository: The service.
        source: The template's address, as Copier has it.
    """
    if not is_local(source):
        return None
    clone = Repository(repository.folder / source.removeprefix("file://"))
    shared = "gh:OWNER/REPOSITORY"
    if clone.folder.is_dir() and clone.succeeds("remote", "get-url", "origin"):
        remote = clone.git_in_worktree("remote", "get-url", "origin").strip()
        shared = shared if is_local(remote) else remote
    return (
        f"Only this machine has the template at {source}: a colleague and CI cannot update the "
        f"service from there. Replace the line `_src_path: …` in {ANSWERS_FILE} and commit:\n"
        f"  _src_path: {shared}"
    )
