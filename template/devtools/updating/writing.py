"""Writing an update to the service, in steps that can be repeated after a kill."""

import os
import tempfile
from contextlib import suppress

from devtools.updating.errors import UpdateError
from devtools.updating.git import Repository
from devtools.updating.planning import Plan

_NOTHING = "0 " + "0" * 40


def write(repository: Repository, plan: Plan) -> list[str]:
    """Write a plan's result to the service's files, then to git's index, as a merge does.

    A file that differs from both states was edited since the plan was made, and is not written.

    Args:
        repository: The service, unchanged or partly written.
        plan: The plan.

    Returns:
        The files that were not written.

    Raises:
        UpdateError: Git cannot write.
    """
    before = repository.files(repository.tree(plan.before))
    after = repository.files(repository.tree(plan.result))
    changed = [path for path in before | after if before.get(path) != after.get(path)]
    present = repository.files(repository.tree(repository.store_whole(paths=changed)))
    own = [path for path in changed if present.get(path) not in {before.get(path), after.get(path)}]
    due = [path for path in changed if path not in own and present.get(path) != after.get(path)]
    _write_files(repository, plan, [path for path in due if path in after])
    for path in due:
        if path not in after:
            _remove(repository, path)
    _write_index(repository, plan, {path: after.get(path) for path in changed if path not in own})
    return own


def find_blocking_files(repository: Repository, plan: Plan) -> list[str]:
    """Return the ignored files in the places of files that the update adds."""
    before = repository.files(repository.tree(plan.before))
    after = repository.files(repository.tree(plan.result))
    new = [path for path in after if path not in before]
    return [path for path in new if os.path.lexists(repository.folder / path)]


def _write_files(repository: Repository, plan: Plan, paths: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        more = {"GIT_INDEX_FILE": f"{scratch}/index"}
        repository.git("read-tree", plan.result, **more)
        given = "\0".join(paths)
        repository.git("checkout-index", "--force", "-z", "--stdin", given=given, **more)


def _remove(repository: Repository, path: str) -> None:
    file = repository.folder / path
    file.unlink(missing_ok=True)
    with suppress(OSError):  # Not empty, or not removable.
        for folder in file.relative_to(repository.folder).parents[:-1]:
            (repository.folder / folder).rmdir()


def _write_index(repository: Repository, plan: Plan, files: dict[str, str | None]) -> None:
    prefix = repository.prefix
    conflicts = set(plan.conflicts(repository))
    entries = [f"{_NOTHING}\t{prefix}{path}" for path in files]
    entries += [
        f"{file}\t{prefix}{path}" for path, file in files.items() if file and path not in conflicts
    ]
    paths = {f"{prefix}{path}" for path in files}
    entries += [entry for entry in plan.unmerged if entry.split("\t", 1)[1] in paths]
    repository.git("update-index", "-z", "--index-info", given="\0".join(entries))
    with suppress(UpdateError):  # It fails if files are unmerged.
        repository.git("update-index", "-q", "--refresh")
