"""What an update would lose silently, found by comparing four trees of files.

    rendered   what the template rendered for the version, and the answers, that the service had
    renewed    what it renders for those that the service is brought to
    before     the service before the update
    after      the service after it

What differs between `rendered` and `before` is the user's.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from devtools.updating.answers import ANSWERS_FILE
from devtools.updating.copier_runs import render, render_anew
from devtools.updating.git import Repository


@dataclass(frozen=True)
class NotArrived:
    """A change of a template's file that the user had deleted or moved.

    Attributes:
        path: Where the template has the file.
        moved_to: Where the user has it, as far as one can tell.
        old: The id of its content as it was rendered before; none for a new file.
        new: The id of its content as it is rendered now.
    """

    path: str
    moved_to: str | None
    old: str | None
    new: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The four trees, by their ids."""

    repository: Repository = field(repr=False)
    rendered: str
    renewed: str
    before: str
    after: str

    @cached_property
    def removed_edits(self) -> list[str]:
        """The files with something of the user's in them that are gone."""
        rendered, before, after = map(self._files, (self.rendered, self.before, self.after))
        return [path for path in before if path not in after and before[path] != rendered.get(path)]

    @cached_property
    def vanished_lines(self) -> dict[str, list[str]]:
        """The user's lines that are gone from files that are still there, by path."""
        rendered, before, after = map(self._files, (self.rendered, self.before, self.after))
        found: dict[str, list[str]] = {}
        for path in before.keys() & after.keys():
            if before[path] in {rendered.get(path), after[path]}:
                continue
            read = self.repository.lines
            own = Counter(read(before[path])) - Counter(read(rendered.get(path)))
            gone = own - Counter(read(after[path]))
            if lines := [line.decode("utf-8", "replace") for line in gone if line.strip()]:
                found[path] = lines
        return dict(sorted(found.items()))

    @cached_property
    def not_arrived(self) -> list[NotArrived]:
        """The template's changes to files that the user deleted or moved."""
        rendered, renewed, after = map(self._files, (self.rendered, self.renewed, self.after))
        changed = [path for path in renewed if renewed[path] != rendered.get(path)]
        missed = [path for path in changed if path not in after]
        moves = self._moves() if missed else {}
        return [
            NotArrived(
                path, moves.get(path), _content(rendered.get(path)), renewed[path].split()[1]
            )
            for path in missed
        ]

    def _files(self, tree: str) -> dict[str, str]:
        return self.repository.files(tree)

    def _moves(self) -> dict[str, str]:
        """Return where the user moved files of the template, as git recognises them."""
        options = ("-r", "-z", "--find-renames", "--diff-filter=R", "--name-status")
        names = self.repository.names("diff-tree", *options, self.rendered, self.before)
        return dict(zip(names[1::3], names[2::3], strict=True))


def compare(
    repository: Repository, *, before: str = "HEAD", after: str | None = None
) -> Comparison:
    """Render the template as it was and as it is, to compare an update with.

    Args:
        repository: The service.
        before: The commit that was updated.
        after: The tree that came of it; the files as they lie without.

    Raises:
        UpdateError: The template cannot be rendered.
    """
    old = repository.tree(before)
    new = after or repository.store_present()
    answers, new_answers = (
        repository.content(f"{tree}:{ANSWERS_FILE}").decode("utf-8") for tree in (old, new)
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "service"
        render(folder, answers=answers)
        rendered = renewed = repository.store(folder)
        if (
            repository.files(rendered).keys() - repository.files(old).keys()
        ):  # Else, none is missed.
            render_anew(folder, answers=new_answers)
            renewed = repository.store(folder)
    return Comparison(
        repository=repository, rendered=rendered, renewed=renewed, before=old, after=new
    )


def _content(file: str | None) -> str | None:
    return file.split()[1] if file else None
