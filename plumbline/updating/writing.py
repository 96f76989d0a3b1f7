"""Writing an update to the service, in steps that can be repeated after a kill."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE
from plumbline.updating.git import Entry, Files, Repository
from plumbline.updating.merging import index_entries
from plumbline.updating.planning import Plan


def write(repository: Repository, plan: Plan) -> None:
    """Write a plan's result to the service's files and to git's index, as a merge does.

    A file that differs from both states was edited since the plan was made, and is not written.
    The answers are written last: until then, the service counts as not updated.

    Args:
        repository: The service, unchanged or partly written.
        plan: The plan.

    Raises:
        PlumblineError: Git cannot write.
    """
    before, after = _states(repository, plan)
    changed = sorted(plan.changed_files(repository))
    present = repository.present_files(changed, commit=plan.before)
    written = [path for path in changed if present.get(path) in {before.get(path), after.get(path)}]
    due = [path for path in written if present.get(path) != after.get(path)]
    for path in due:
        if path not in after:
            _remove(repository, path)
    for is_last in (False, True):
        these = [path for path in written if (path == ANSWERS_FILE) is is_last]
        _write_files(repository, plan, [path for path in these if path in after and path in due])
        _write_index(repository, plan, {path: after.get(path) for path in these})


def find_blocking_files(repository: Repository, plan: Plan) -> list[str]:
    """Return what is in the place of files that the update writes, and not in the last commit.

    Args:
        repository: The service, without uncommitted changes.
        plan: The plan.
    """
    before, after = _states(repository, plan)
    due = [path for path in after if before.get(path) != after[path]]
    gone = before.keys() - after.keys()
    found = {blocking for path in due for blocking in _blocking(repository, path, before, gone)}
    return sorted(found)


def _blocking(
    repository: Repository, path: str, before: Files, gone: Iterable[str]
) -> Iterator[str]:
    parents = [str(parent) for parent in reversed(PurePosixPath(path).parents)][1:]
    for parent in parents:
        place = repository.folder / parent
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            if parent not in gone:
                yield parent
            return
    place = repository.folder / path
    if path in before or not os.path.lexists(place):
        return
    if place.is_symlink() or not place.is_dir() or any(_stays(repository, place, gone)):
        yield path


def _stays(repository: Repository, folder: Path, gone: Iterable[str]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        is_folder = path.is_dir() and not path.is_symlink()
        if not is_folder and path.relative_to(repository.folder).as_posix() not in gone:
            yield path


def find_hidden_files(repository: Repository, plan: Plan) -> list[str]:
    """Return the files of an update that git does not look at: sparse or marked as unchanged."""
    before, after = _states(repository, plan)
    listed = repository.list_names("ls-files", "-v", "-z")
    hidden = {line[2:] for line in listed if line[0] == "S" or line[0].islower()}
    return sorted(path for path in hidden if before.get(path) != after.get(path))


def _states(repository: Repository, plan: Plan) -> tuple[Files, Files]:
    return repository.files(repository.tree(plan.before)), plan.merge.files


def _write_files(repository: Repository, plan: Plan, paths: list[str]) -> None:
    if not paths:
        return
    with repository.scratch_index() as index:
        whole = repository.store_tree(plan.merge.files, within=plan.before)
        repository.git("read-tree", whole, **index)
        arguments = ("checkout-index", "--force", "-z", "--stdin")
        repository.git_in_worktree(*arguments, given="\0".join(paths), **index)


def _remove(repository: Repository, path: str) -> None:
    file = repository.folder / path
    file.unlink(missing_ok=True)
    with suppress(OSError):  # Not empty, or not removable.
        for folder in file.relative_to(repository.folder).parents[:-1]:
            (repository.folder / folder).rmdir()


def _write_index(repository: Repository, plan: Plan, files: dict[str, Entry | None]) -> None:
    prefix, conflicts = repository.prefix, plan.merge.conflicts
    entries = [f"0 {repository.no_object}\t{prefix}{path}" for path in files]
    entries += [
        f"{entry.mode} {entry.id}\t{prefix}{path}"
        for path, entry in files.items()
        if entry and path not in conflicts
    ]
    entries += [
        entry.replace("\t", f"\t{prefix}", 1)
        for entry in index_entries({path: conflicts[path] for path in files if path in conflicts})
    ]
    repository.git("update-index", "-z", "--index-info", given="\0".join(entries))
    with suppress(PlumblineError):  # It fails if files are unmerged.
        repository.git_in_worktree("update-index", "-q", "--refresh")
