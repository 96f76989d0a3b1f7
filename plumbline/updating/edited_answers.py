"""Answers that were edited by hand: an update would never apply them to the files."""

import re
from collections import Counter
from itertools import pairwise

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
    version = str(read_answers(text)["_commit"])
    real: Files | None = None
    for name, earlier in _changed_alone(planner.repository, text).items():
        then = text.replace(entry_of(text, name), earlier)
        trees = [planner.render(version, answers=content).files for content in (text, then)]
        real = real or planner.repository.files(planner.repository.tree("HEAD"))
        if not _is_applied(planner.repository, real, now=trees[0], then=trees[1]):
            raise PlumblineError(
                f"`{name}: {read_answers(text)[name]}` in {ANSWERS_FILE} was edited by hand, and "
                f"the files do not match it. Restore `{earlier.decode()}`, commit, and run "
                f"`{_command(name, read_answers(then)[name])}`."
            )


def _command(name: str, before: object) -> str:
    """Return the command that changes an answer."""
    if isinstance(before, bool):
        return f"make switch {'off' if before else 'on'}={name}"
    return f"make answer {name}=…"


def _changed_alone(repository: Repository, text: bytes) -> dict[str, bytes]:
    """Return the earlier entries of answers that a commit changed without the version."""
    commits = repository.git("rev-list", "HEAD", "--", ANSWERS_FILE).split()
    names = [f"{commit}:{repository.prefix}{ANSWERS_FILE}" for commit in commits]
    texts = [
        repository.content(name) for name in names if repository.succeeds("cat-file", "-e", name)
    ]
    found: dict[str, bytes] = {}
    for newer, older in pairwise(texts):
        new, old = read_answers(newer), read_answers(older)
        if new.get("_commit") != old.get("_commit"):
            continue
        for name in new.keys() & old.keys():
            stands = new[name] != old[name] and entry_of(newer, name) == entry_of(text, name)
            if stands and not name.startswith("_"):
                found.setdefault(name, entry_of(older, name))
    return found


def _is_applied(repository: Repository, real: Files, *, now: Files, then: Files) -> bool:
    """Return whether the files match the present answers at least as well as the earlier ones.

    Only lines in which the two renderings differ count, so that no other edit hides them. A line
    of one rendering alone speaks for it if the service has it, and for the other one if not.
    Migrations do not count: they stay when a module is switched off.
    """
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

    score = 0
    for path in differing:
        mine, new, old = (lines(files, path) for files in (real, now, then))
        score += _matches(mine - old, new - old) - _matches(mine - new, old - new)
    return score >= 0


def _matches(own: Counter[bytes], expected: Counter[bytes]) -> int:
    """Return how many of the expected lines are there, less those that are not."""
    found = (own & expected).total()
    return found - (expected.total() - found)


def entry_of(text: bytes, name: str) -> bytes:
    """Return an answer as it stands in an answers file; nothing if it is not there."""
    found = [entry[0] for entry in _ENTRY.finditer(text) if entry[1].decode() == name]
    return found[0] if found else b""
