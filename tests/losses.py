"""The outcome of an update for the user's changes: preserved, in conflict, reported, or lost."""

import shutil
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from plumbline.updating.git import Repository
from plumbline.updating.lost_changes import LostChanges
from plumbline.updating.merging import BESIDE, MIGRATIONS
from tests.updating import make_committed, unmerged, update

Tree = dict[str, bytes]


class Renderings:
    """Renderings of the template, cached by version and answers."""

    def __init__(self, history: Path, folder: Path) -> None:
        """Render from a history into a folder."""
        self._history = history
        self._folder = folder

    def of(self, version: str, **answers: object) -> Path:
        """Return a committed, unedited service; do not change it."""
        made = self._folder / " ".join([version, *(f"{k} {answers[k]}" for k in sorted(answers))])
        return made if made.exists() else make_committed(made, self._history, version, **answers)

    def copy(self, folder: Path, version: str, **answers: object) -> Path:
        """Return a copy of it in a folder that must not exist."""
        return Path(shutil.copytree(self.of(version, **answers), folder, symlinks=True))

    def like(self, service: Path, *, kept: Set[str] = frozenset()) -> Tree:
        """Return the files of the rendering for a service's version and toggles.

        Args:
            service: The service.
            kept: Migrations of modules that are off; they are rendered too.
        """
        answers = yaml.safe_load((service / ".copier-answers.yml").read_text("utf-8"))
        asked = {name: value for name, value in answers.items() if isinstance(value, bool)}
        rendered = files(self.of(answers["_commit"], example=answers["example"], **asked))
        if kept:
            asked = dict.fromkeys(asked, True)
            everything = files(self.of(answers["_commit"], example=answers["example"], **asked))
            rendered = {**{path: everything[path] for path in kept & everything.keys()}, **rendered}
        return rendered


@dataclass(frozen=True)
class Updated:
    """A finished update, with the files before and after it.

    Attributes:
        rendered: The unedited rendering, before.
        renewed: The unedited rendering, after.
        before: The service before.
        after: The service after.
        conflicts: The paths that are in conflict.
        lost_changes: The changes that `make update` fails for.
    """

    rendered: Tree
    renewed: Tree
    before: Tree
    after: Tree
    conflicts: set[str]
    lost_changes: LostChanges

    @cached_property
    def named(self) -> set[str]:
        """The paths that `make update` fails for."""
        return set(self.lost_changes.paths)

    def lost(self) -> list[tuple[str, bytes]]:
        """Return the user's lines that are neither in the tree nor in a reported file."""
        present = {line for content in self.after.values() for line in lines(content)}
        return [
            (path, line)
            for path, line in written(self.rendered, self.before)
            if line not in present and path not in self.named
        ]


def update_watched(service: Path, renderings: Renderings, *, to: str, **answers: object) -> Updated:
    """Update a service, and compare everything before with everything after."""
    repository = Repository(service)
    before = files(service)
    kept = kept_migrations(renderings.like(service), before)
    rendered = renderings.like(service, kept=kept)
    plan = update(service, to=to, **answers)
    renewed, after = renderings.like(service, kept=kept), files(service)
    present = repository.present_files([*before, *after], commit="HEAD")
    own = own_files(rendered, before)
    return Updated(
        rendered=put_beside(rendered, own),
        renewed=put_beside(renewed, own),
        before=before,
        after=after,
        conflicts=unmerged(service),
        lost_changes=plan.lost_changes(repository, present) if plan else LostChanges(),
    )


def kept_migrations(rendered: Tree, before: Tree) -> set[str]:
    """Return the migrations of a service in folders that are not rendered for its answers."""
    folders = {Path(path).parent for path in rendered}
    own = (path for path in before if path.startswith(MIGRATIONS))
    return {path for path in own if Path(path).parent not in folders}


def own_files(rendered: Tree, before: Tree) -> set[str]:
    """Return the user's files beside which an update has put the template's."""
    beside = {path for path in rendered if before.get(path + BESIDE) == rendered[path]}
    return {path for path in beside if before.get(path, rendered[path]) != rendered[path]}


def put_beside(tree: Tree, own: Set[str]) -> Tree:
    """Return the template's files with some of them beside the user's."""
    return {path + BESIDE if path in own else path: content for path, content in tree.items()}


def files(service: Path) -> Tree:
    """Return every file outside git's own folder."""
    return {
        str(path.relative_to(service)): path.read_bytes()
        for path in sorted(service.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(service).parts
    }


def written(rendered: Tree, before: Tree) -> Iterator[tuple[str, bytes]]:
    """Yield the lines that are the user's, each with its path."""
    for path, content in before.items():
        template_s = set(lines(rendered.get(path, b"")))
        yield from ((path, line) for line in lines(content) if line not in template_s)


def lines(content: bytes) -> list[bytes]:
    """Return the lines of a file that are not blank."""
    return [line for line in content.splitlines() if line.strip()]
