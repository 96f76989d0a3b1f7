"""Changes of the user that an update loses, found by comparing four trees of files.

    rendered   the template, rendered for the version and the answers before the update
    renewed    the template, rendered for those after it
    before     the service before the update
    after      the service after it

The differences between `rendered` and `before` are the user's changes.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from devtools.updating.answers import ANSWERS_FILE, read_answers
from devtools.updating.copier_runs import render, rerender
from devtools.updating.git import Repository


@dataclass(frozen=True)
class NotArrived:
    """A change of the template to a file that the user has deleted or moved.

    Attributes:
        path: The path of the file in the template.
        moved_to: The path to which the user has moved it, if git recognizes it.
        old: The id of its content in `rendered`; none for a new file.
        new: The id of its content in `renewed`.
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
        """The files with changes of the user that were removed."""
        rendered, before, after = map(self._files, (self.rendered, self.before, self.after))
        return [path for path in before if path not in after and before[path] != rendered.get(path)]

    @cached_property
    def vanished_lines(self) -> dict[str, list[str]]:
        """The user's lines that are missing in files that still exist, by path."""
        rendered, before, after = map(self._files, (self.rendered, self.before, self.after))
        found: dict[str, list[str]] = {}
        for path in before.keys() & after.keys():
            if before[path] in {rendered.get(path), after[path]}:
                continue
            read = self.repository.lines
            own = Counter(read(before[path])) - Counter(read(rendered.get(path)))
            missing = own - Counter(read(after[path]))
            if lines := [line.decode("utf-8", "replace") for line in missing if line.strip()]:
                found[path] = lines
        return dict(sorted(found.items()))

    @cached_property
    def not_arrived(self) -> list[NotArrived]:
        """The template's changes to files that the user deleted or moved."""
        rendered, renewed, after = map(self._files, (self.rendered, self.renewed, self.after))
        changed = [
            path
            for path in renewed
            if renewed[path] != rendered.get(path) and self._example() not in path.split("/")
        ]
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

    def _example(self) -> str | None:
        """Return the name of the example's folders: they are copied once, and never updated."""
        answers = self.repository.content(f"{self.before}:{ANSWERS_FILE}").decode("utf-8")
        return read_answers(answers).get("example")

    def _moves(self) -> dict[str, str]:
        """Return the new paths of files that the user has moved, as git recognizes them."""
        options = ("-r", "-z", "--find-renames", "--diff-filter=R", "--name-status")
        names = self.repository.names("diff-tree", *options, self.rendered, self.before)
        return dict(zip(names[1::3], names[2::3], strict=True))


def compare(
    repository: Repository, *, before: str = "HEAD", after: str | None = None
) -> Comparison:
    """Render the template for both states of an update, and return the four trees.

    Args:
        repository: The service.
        before: The commit that is updated.
        after: The resulting tree; that of the present files by default.

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
        ):  # Otherwise no change is missed.
            rerender(folder, answers=new_answers)
            renewed = repository.store(folder)
    return Comparison(
        repository=repository, rendered=rendered, renewed=renewed, before=old, after=new
    )


def _content(file: str | None) -> str | None:
    return file.split()[1] if file else None
