"""Answers that were edited by hand: an update would never apply them to the files."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plumbline.errors import PlumblineError
from plumbline.updating.answers import ANSWERS_FILE, read_answers
from plumbline.updating.git import Files, Repository
from plumbline.updating.merging import MIGRATIONS
from plumbline.updating.planning import Planner

_ENTRY = re.compile(rb"^(\w+): *.*(?:\n[ \t]+.*)*", re.MULTILINE)


def check_answers(planner: Planner) -> None:
    """Refuse an answer that was edited by hand, if the files do not match it.

    Raises:
        PlumblineError: The message has the next step.
    """
    text = planner.answers_file
    changed = _changed_alone(planner.repository, text)
    if not changed or _compare(planner, changed).are_all_applied:
        return
    for name, earlier in changed.items():
        if _compare(planner, {name: earlier}).score < 0:
            before = read_answers(_replace(text, {name: earlier}))[name]
            raise PlumblineError(
                f"`{name}: {read_answers(text)[name]}` in {ANSWERS_FILE} was edited by hand, and "
                f"the files do not match it. Restore `{earlier.decode()}`, commit, and run "
                f"`{_command(name, before)}`."
            )


def _command(name: str, before: object) -> str:
    """Return the command that changes an answer."""
    if isinstance(before, bool):
        return f"make switch {'off' if before else 'on'}={name}"
    return f"make answer {name}=…"


def _changed_alone(repository: Repository, text: bytes) -> dict[str, bytes]:
    """Return the earlier entries of answers that a commit changed without the version."""
    found: dict[str, bytes] = {}
    for newer, older in _readable(_changes(repository)):
        new, old = read_answers(newer), read_answers(older)
        if new.get("_commit") != old.get("_commit"):
            continue
        for name in new.keys() & old.keys():
            stands = new[name] != old[name] and entry_of(newer, name) == entry_of(text, name)
            if stands and not name.startswith("_"):
                found.setdefault(name, entry_of(older, name))
    return found


def _changes(repository: Repository) -> list[tuple[bytes, bytes]]:
    """Return the answers file after and before each commit that changed it, the newest first."""
    options = ("--format=", "--raw", "--no-abbrev", "--no-renames", "-m")
    listed = repository.git("log", *options, "--", ANSWERS_FILE)
    pairs = [line.split()[2:4] for line in listed.splitlines() if line.startswith(":")]
    pairs = [pair for pair in pairs if repository.no_object not in pair]
    contents = repository.contents(name for pair in pairs for name in pair)
    return [(contents[new], contents[old]) for old, new in pairs]


def _readable(changes: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the changes without the states that nobody can read, such as one with conflicts."""
    later: bytes | None = None
    for newer, older in changes:
        later = later or (newer if _is_readable(newer) else None)
        if later and _is_readable(older):
            yield later, older
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


def _compare(planner: Planner, earlier: Mapping[str, bytes]) -> _Comparison:
    """Compare a service with the renderings for its answers and for earlier ones.

    Only lines in which the two renderings differ count, so that no other edit hides them. A line
    of one rendering alone speaks for it if the service has it, and for the other one if not.
    Migrations do not count: they stay when a module is switched off.
    """
    text, repository = planner.answers_file, planner.repository
    version = str(read_answers(text)["_commit"])
    now = planner.render(version).files
    then = planner.render(version, answers=_replace(text, earlier)).files
    real = repository.files(repository.tree("HEAD"))
    differing = [
        path
        for path in {*now, *then} - {ANSWERS_FILE}
        if now.get(path) != then.get(path)
        and not path.startswith(MIGRATIONS)
        and (path in real or not (path in now and path in then))
    ]
    ids = {files[path].id for files in (real, now, then) for path in differing if path in files}
    contents = repository.contents(ids)

    def lines(files: Files, path: str) -> Counter[bytes]:
        return Counter(contents[files[path].id].splitlines()) if path in files else Counter()

    score, expected = 0, 0
    for path in differing:
        mine, new, old = (lines(files, path) for files in (real, now, then))
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
