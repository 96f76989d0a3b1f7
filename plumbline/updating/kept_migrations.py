"""The migrations of modules that are switched off: the service keeps them, and updates them."""

from collections.abc import Mapping
from dataclasses import replace

from plumbline.updating.git import Entry, Files
from plumbline.updating.merging import MIGRATIONS
from plumbline.updating.rendering import Rendering

RETIRED = "migrations/retired/"


def find_kept(base: Rendering, ours: Files) -> dict[str, str]:
    """Return the user's migrations in folders that the template does not render any more.

    Args:
        base: The template for the service's answers.
        ours: The service's files.

    Returns:
        The path of each, and the one that it has while its module is on.
    """
    rendered = {_folder(path) for path in base.files}
    off = base.migration_folders - rendered
    found: dict[str, str] = {}
    for path in ours:
        original = path.replace(RETIRED, MIGRATIONS, 1) if path.startswith(RETIRED) else path
        if _folder(original) in off and not base.is_written_once(original):
            found[path] = original
    return found


def with_kept(rendering: Rendering, everything: Rendering, kept: Mapping[str, str]) -> Rendering:
    """Return a rendering with those kept migrations that the template still has.

    Args:
        rendering: The template for the service's answers.
        everything: The same version with every toggle on.
        kept: The result of `find_kept`.
    """
    there: dict[str, Entry] = {
        path: everything.files[original]
        for path, original in kept.items()
        if original in everything.files and path not in rendering.files
    }
    return replace(rendering, files={**rendering.files, **there})


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
