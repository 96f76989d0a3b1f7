"""Answers that were edited by hand: an update would never apply them to the files."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE, read_answers
from plumbline.updating.git import Files, Repository
from plumbline.updating.merging import BESIDE, MIGRATIONS
from plumbline.updating.planning import Planner

_ENTRY = re.compile(rb"^(\w+): *.*(?:\n[ \t]+.*)*", re.MULTILINE)


def check_answers(planner: Planner) -> None:
    """Refuse an answer that was edited by hand, if the files do not match it.

    Raises:
        PlumblineError: The message has the next step.
    """
    text = planner.answers_file
    changed = _changed_alone(planner.repository, text)
    earlier = {name: change.entry_before for name, change in changed.items()}
    if not changed or _compare(planner, "HEAD", text, earlier).are_all_applied:
        return
    for name, change in changed.items():
        entry = {name: change.entry_before}
        # A module that was switched on, and whose files were deleted later, was applied then.
        states = (("HEAD", text), (change.commit, change.text))
        if all(_compare(planner, *state, entry).score < 0 for state in states):
            before = read_answers(_replace(text, entry))[name]
            raise PlumblineError(
                f"`{name}: {read_answers(text)[name]}` in {ANSWERS_FILE} was edited by hand, and "
                f"the files do not match it. Restore `{change.entry_before.decode()}`, commit, and "
                f"run `{_command(name, before)}`."
            )


def _command(name: str, before: object) -> str:
    """Return the command that changes an answer."""
    if isinstance(before, bool):
        return f"make switch {'off' if before else 'on'}={name}"
    return f"make answer {name}=…"


@dataclass(frozen=True)
class _Change:
    """A commit that changed an answer without the version.

    Attributes:
        commit: The commit.
        text: The answers file after it.
        entry_before: The answer as it stood before it.
    """

    commit: str
    text: bytes
    entry_before: bytes


def _changed_alone(repository: Repository, text: bytes) -> dict[str, _Change]:
    """Return the last change of each answer that a commit changed without the version."""
    found: dict[str, _Change] = {}
    for commit, newer, older in _readable(_changes(repository)):
        new, old = read_answers(newer), read_answers(older)
        if new.get("_commit") != old.get("_commit"):
            continue
        for name in new.keys() & old.keys():
            stands = new[name] != old[name] and entry_of(newer, name) == entry_of(text, name)
            if stands and not name.startswith("_"):
                found.setdefault(name, _Change(commit, newer, entry_of(older, name)))
    return found


def _changes(repository: Repository) -> list[tuple[str, bytes, bytes]]:
    """Return each commit that changed the answers file, the newest first, with it after and before.

    A merge has a change for each of its parents.
    """
    options = ("--format=%H", "--no-show-signature", "--raw", "--no-abbrev", "--no-renames", "-m")
    listed = repository.git("log", *options, "--", ANSWERS_FILE)
    found: list[tuple[str, str, str]] = []
    commit = ""
    for line in filter(None, listed.splitlines()):
        if not line.startswith(":"):
            commit = line
            continue
        old, new = line.split()[2:4]
        if repository.no_object not in {old, new}:
            found.append((commit, new, old))
    contents = repository.contents(name for _, *both in found for name in both)
    return [(commit, contents[new], contents[old]) for commit, new, old in found]


def _readable(changes: Iterable[tuple[str, bytes, bytes]]) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield the changes without the states that nobody can read, such as one with conflicts."""
    later: tuple[str, bytes] | None = None
    for commit, newer, older in changes:
        later = later or ((commit, newer) if _is_readable(newer) else None)
        if later and _is_readable(older):
            yield *later, older
            later = None


def _is_readable(text: bytes) -> bool:
    try:
        read_answers(text)
    except PlumblineError:
        return False
    return True


@dataclass(frozen=True)
class _Comparison:
    """The lines of a service in which two renderings differ.

    Attributes:
        score: Positive if the service is more like the present answers than the earlier ones.
        are_all_applied: Whether it has all lines of the present answers and none of the others.
    """

    score: int
    are_all_applied: bool


def _compare(
    planner: Planner, commit: str, text: bytes, earlier: Mapping[str, bytes]
) -> _Comparison:
    """Compare a commit with the renderings for its answers, `text`, and for earlier ones.

    Only lines in which the two renderings differ count, so that no other edit hides them. A line
    of one rendering alone speaks for it if the service has it, and for the other one if not.
    Migrations do not count: they stay when a module is switched off.
    """
    repository = planner.repository
    version = str(read_answers(text)["_commit"])
    now = planner.render(version, answers=text).files
    then = planner.render(version, answers=_replace(text, earlier)).files
    real = repository.files(repository.tree(commit))
    differing = [
        path
        for path in {*now, *then} - {ANSWERS_FILE}
        if now.get(path) != then.get(path)
        and not path.startswith(MIGRATIONS)
        and (path in real or not (path in now and path in then))
    ]
    beside = {path: path + BESIDE for path in differing}
    names = [*differing, *beside.values()]
    ids = {files[name].id for files in (real, now, then) for name in names if name in files}
    contents = repository.contents(ids)

    def lines(files: Files, path: str) -> Counter[bytes]:
        return Counter(contents[files[path].id].splitlines()) if path in files else Counter()

    score, expected = 0, 0
    for path in differing:
        mine, new, old = (lines(files, path) for files in (real, now, then))
        mine += lines(real, beside[path])
        score += _matches(mine - old, new - old) - _matches(mine - new, old - new)
        expected += (new - old).total() + (old - new).total()
    return _Comparison(score, score == expected)


def _matches(own: Counter[bytes], expected: Counter[bytes]) -> int:
    """Return how many of the expected lines are there, less those that are not."""
    found = (own & expected).total()
    return found - (expected.total() - found)


def _replace(text: bytes, entries: Mapping[str, bytes]) -> bytes:
    """Return an answers file with other entries."""
    for name, entry in entries.items():
        text = text.replace(entry_of(text, name), entry)
    return text


def entry_of(text: bytes, name: str) -> bytes:
    """Return an answer as it stands in an answers file; nothing if it is not there."""
    found = [entry[0] for entry in _ENTRY.finditer(text) if entry[1].decode() == name]
    return found[0] if found else b""
