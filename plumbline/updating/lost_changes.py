"""Changes of the user, and changes of the template, that are not in an outcome of an update."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE, read_answers
from plumbline.updating.git import SUBMODULE, Entry, Files, Repository
from plumbline.updating.merging import Merge, NotArrived


@dataclass(frozen=True, kw_only=True)
class LostChanges:
    """The changes that an outcome lacks, by the paths of their files.

    Attributes:
        removed: The user's files, or files with changes of the user, that are gone.
        vanished: The user's lines that are missing in files that still exist.
        not_arrived: The changes of the template that are missing.
    """

    removed: list[str] = field(default_factory=list)
    vanished: dict[str, list[str]] = field(default_factory=dict)
    not_arrived: list[NotArrived] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths of all files with lost changes."""
        arrivals = (missed.path for missed in self.not_arrived)
        return sorted({*self.removed, *self.vanished, *arrivals})


def find_lost_changes(
    repository: Repository, merge: Merge, *, base: Files, ours: Files, outcome: Files
) -> LostChanges:
    """Return the changes that an outcome of an update lacks.

    Args:
        repository: The service.
        merge: The result of the update.
        base: The template's files before it.
        ours: The service's files before it.
        outcome: The service's files now: those of the result, or what the user has made of them.
    """
    renamed = {**{path: path for path in ours}, **merge.moves}
    edited = [
        path
        for path in ours
        # Where the user has only formatted the template's file, the base is the user's.
        if ours[path] != base.get(path) and merge.bases.get(path) != ours[path].id
    ]
    return LostChanges(
        removed=[path for path in edited if renamed[path] not in outcome],
        vanished=dict(_vanished_lines(repository, merge, base, ours, outcome)),
        not_arrived=[
            *(missed for missed in merge.not_arrived if not _is_there(missed, outcome)),
            *_unwritten(repository, merge, ours, outcome),
        ],
    )


def _vanished_lines(
    repository: Repository, merge: Merge, base: Files, ours: Files, outcome: Files
) -> Mapping[str, list[str]]:
    compared: dict[str, tuple[str | None, str, str]] = {}
    for path, entry in ours.items():
        now = outcome.get(merge.moves.get(path, path))
        before = base.get(path)
        if now is None or entry.id == now.id or entry == before or entry.mode == SUBMODULE:
            continue
        replaced = merge.bases.get(merge.moves.get(path, path))
        compared[path] = (replaced or (before.id if before else None), entry.id, now.id)
    contents = repository.contents(name for three in compared.values() for name in three if name)
    found: dict[str, list[str]] = {}
    for path, (old, own, now) in compared.items():
        missing = _lines(contents[own]) - _lines(contents[old] if old else b"")
        missing -= _lines(contents[now])
        if path == ANSWERS_FILE and old:
            answers = read_answers(contents[old])
            missing = Counter(line for line in missing if not _is_restated(line, answers))
        if lines := [line.decode("utf-8", "replace") for line in missing if line.strip()]:
            found[path] = lines
    return found


def _is_restated(line: bytes, answers: Mapping[str, object]) -> bool:
    """Return whether a line has an answer in another form, such as with quotes."""
    try:
        stated = read_answers(line)
    except PlumblineError:
        return False
    return stated.items() <= answers.items()


def _unwritten(
    repository: Repository, merge: Merge, ours: Files, outcome: Files
) -> list[NotArrived]:
    """Return the changes of the result that the service's files lack."""
    differing = {
        path: (ours.get(path), entry)
        for path, entry in merge.files.items()
        if entry not in {ours.get(path), outcome.get(path)} and path not in merge.conflicts
    }
    wanted = [entry.id for two in differing.values() for entry in two if entry]
    present = {path: outcome[path].id for path in differing if path in outcome}
    contents = repository.contents([*wanted, *present.values()])
    return [
        NotArrived(path, "it has changed since the update began", old.id if old else None, new.id)
        for path, (old, new) in differing.items()
        if path not in present
        or (_lines(contents[new.id]) - _lines(contents[old.id] if old else b""))
        - _lines(contents[present[path]])
    ]


def _lines(content: bytes) -> Counter[bytes]:
    return Counter(content.splitlines())


def _is_there(missed: NotArrived, outcome: Files) -> bool:
    now: Entry | None = outcome.get(missed.path)
    return now is not None and now.id == missed.new
