"""Writing an update to the service, in steps that can be repeated after a kill."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE
from plumbline.updating.git import Entry, Files, Repository
from plumbline.updating.merging import index_entries
from plumbline.updating.planning import Plan


def write(repository: Repository, plan: Plan) -> None:
    """Write a plan's result to the service's files and to git's index, as a merge does.

    A file that differs from both states was edited since the plan was made, and is not written.
    New files are in the index before they exist, so that `git restore` can undo an update that was
    killed. The answers are written last: until then, the service counts as not updated.

    Args:
        repository: The service, unchanged or partly written.
        plan: The plan.

    Raises:
        PlumblineError: Git cannot write.
    """
    before, after = _states(repository, plan)
    written, due = _decide(repository, plan, before, after)
    for path in due:
        if path not in after:
            _remove(repository, path)
    if new := [path for path in due if path not in before]:
        _write_index(repository, plan, {path: after[path] for path in new})
    for is_last in (False, True):
        these = [path for path in written if (path == ANSWERS_FILE) is is_last]
        _write_files(repository, plan, [path for path in these if path in after and path in due])
        _write_index(repository, plan, {path: after.get(path) for path in these})


def _decide(
    repository: Repository, plan: Plan, before: Files, after: Files
) -> tuple[list[str], list[str]]:
    """Return the paths that nobody has edited since, and those of them that are not updated yet."""
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    present = repository.present_files(changed, commit=plan.before)
    states = (before, after)
    unclear = [path for path in present if present[path] not in {before.get(path), after.get(path)}]
    for state in states if unclear else ():
        same = _find_same(repository, plan, state, [path for path in unclear if path in state])
        present.update({path: state[path] for path in same})
    gone = before.keys() - after.keys()
    written = [
        path
        for path in changed
        if present.get(path) in {state.get(path) for state in states}
        and not (path in after and any(_blocking(repository, path, {**before, **present}, gone)))
    ]
    return written, [path for path in written if present.get(path) != after.get(path)]


def _find_same(
    repository: Repository, plan: Plan, state: Files, paths: Iterable[str]
) -> Iterator[str]:
    """Yield the paths where the working tree has the very file that git would write.

    Git reads some files as others than it has written: with a filter, with line endings that an
    attribute changes, or with modes or links that the file system lacks.
    """
    with _checked_out(repository, plan, state, paths) as files:
        for path, file in files.items():
            if _look(file) == _look(repository.folder / path):
                yield path


def _look(file: Path) -> object:
    return file.readlink() if file.is_symlink() else (file.read_bytes(), file.stat().st_mode)


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
        if (place / ".git").exists():  # A repository of the user's.
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
    with _checked_out(repository, plan, plan.merge.files, paths) as files:
        for path, file in files.items():
            _move(file, repository.folder / path)


@contextmanager
def _checked_out(
    repository: Repository, plan: Plan, state: Files, paths: Iterable[str]
) -> Iterator[Mapping[str, Path]]:
    """Write files of a state to git's folder, as git would write them to the working tree."""
    folder = repository.own_path("plumbline-files")
    shutil.rmtree(folder, ignore_errors=True)  # Of a run that was killed.
    with repository.scratch_index() as index:
        whole = repository.store_tree(state, within=plan.before)
        repository.git("read-tree", whole, **index)
        arguments = ("checkout-index", f"--prefix={folder}/", "-z", "--stdin")
        try:
            repository.git_in_worktree(*arguments, given="\0".join(paths), **index)
            yield {path: folder / repository.prefix / path for path in paths}
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _move(file: Path, target: Path) -> None:
    """Replace a file in one step: a kill leaves the old one or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _rename(file, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        target.unlink(missing_ok=True)
        shutil.copy2(file, target, follow_symlinks=False)  # Git's folder is on another disk.


def _rename(file: Path, target: Path) -> None:
    file.replace(target)


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
