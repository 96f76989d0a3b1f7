"""Random edits, along random paths through releases and toggles: an update loses none of them.

`PLUMBLINE_FUZZ_EXAMPLES` is the number of examples; more than the usual number differ in each run.
"""

import ast
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from plumbline.renames import Renames
from plumbline.updating.answers import ANSWERS_FILE
from plumbline.updating.merging import BESIDE, MIGRATIONS
from tests.history import PRESENT, empty, git, released_versions, tag_all
from tests.losses import Renderings, Tree, Updated, files, update_watched
from tests.next_release import NEXT, USER_OWNED
from tests.rewriting import write
from tests.toggles import EVERYTHING_ON, NOTHING_ON

USUAL_EXAMPLES = 25
EXAMPLES = int(os.environ.get("PLUMBLINE_FUZZ_EXAMPLES", USUAL_EXAMPLES))
VERSIONS = (released_versions()[0], PRESENT, NEXT)
STATES = (
    NOTHING_ON,
    EVERYTHING_ON,
    {**NOTHING_ON, "paddle": True},
    {**NOTHING_ON, "redis": True, "blob": True},
    {**NOTHING_ON, "resend": True, "paddle": True},
)
# Of the files that neither a toggle nor a release changes, those in these folders are enough.
KEPT = (".", ".github/workflows", "app", "app/features")
KEPT_NAMES = ("__init__.py", "module.py", "models.py", "settings.py")
SIDES = ("before updating", "last update", "after updating")
MARKERS = (b"<<<<<<< before updating", b"=======", b">>>>>>> after updating")
UNTOUCHED = {ANSWERS_FILE, ".gitattributes", ".gitignore"}

NUMBERS = st.integers(0, 10_000)


@dataclass(frozen=True)
class Edit:
    """An edit of a user; the numbers choose the file and the line."""

    kind: str
    file: int
    line: int


@dataclass(frozen=True)
class Step:
    """Some edits, followed by an update."""

    edits: list[Edit]
    to_the_next: bool
    state: dict[str, bool]


KINDS = ("insert",) * 4 + ("replace",) * 2 + ("delete lines", "new file", "delete", "rename")
EDITS = st.builds(Edit, st.sampled_from(KINDS), NUMBERS, NUMBERS)
STEPS = st.builds(
    Step, st.lists(EDITS, min_size=5, max_size=30), st.booleans(), st.sampled_from(STATES)
)


@pytest.fixture(scope="module")
def renderings(next_history: Path, tmp_path_factory: pytest.TempPathFactory) -> Renderings:
    """Renderings of the same releases, with fewer files."""
    folder = tmp_path_factory.mktemp("fuzz")
    for version in VERSIONS:
        git(next_history, "archive", "--output", str(folder / "release.tar"), version)
        shutil.unpack_archive(folder / "release.tar", folder / version)
    present, made_up = (files(folder / version) for version in (PRESENT, NEXT))
    touched = {path for path in present if present[path] != made_up.get(path)}
    history = folder / "history"
    git(folder, "init", "--quiet", str(history))
    for version in VERSIONS:
        empty(history)
        shutil.copytree(folder / version, history, dirs_exist_ok=True)
        for path in files(history / "template"):
            if not is_kept(Path(path)) and f"template/{path}" not in touched:
                (history / "template" / path).unlink()
        tag_all(history, version)
    return Renderings(history, folder / "renderings")


def is_kept(path: Path) -> bool:
    """Return whether the fuzz keeps a file of the template."""
    return str(path.parent) in KEPT or path.name in KEPT_NAMES or path.parts[0] == "migrations"


@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= USUAL_EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # Shrinking would take an hour; the example is printed unchanged.
    suppress_health_check=list(HealthCheck),
)
@given(
    start=st.sampled_from(VERSIONS[:2]),
    state=st.sampled_from(STATES),
    steps=st.lists(STEPS, min_size=1, max_size=3),
)
def test_every_line_of_the_user_is_kept_or_reported(
    renderings: Renderings, start: str, state: dict[str, bool], steps: list[Step]
) -> None:
    tokens = (f"mine-{number}" for number in count())
    version = VERSIONS.index(start)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "service"
        service = renderings.copy(folder, start, example="none", **state)
        for step in steps:
            version = min(version + step.to_the_next, len(VERSIONS) - 1)
            to = VERSIONS[version]
            aim = files(renderings.of(to, example="none", **with_search(step.state, to)))
            for edit in step.edits:
                make(edit, service, next(tokens), aim)
            commit(service)
            updated = update_watched(service, renderings, to=to, **with_search(step.state, to))
            event(f"conflicts: {bool(updated.conflicts)}, named: {bool(updated.named)}")
            check(updated)
            resolve(service, updated.conflicts)
            commit(service)


def with_search(state: dict[str, bool], version: str) -> dict[str, bool]:
    """Return the answers for a version, the question that is new in the next release included."""
    return {**state, "search": state["paddle"]} if version == NEXT else state


def make(edit: Edit, service: Path, token: str, aim: Tree) -> None:
    """Edit a service; half of the edits are in files that the next update changes.

    Args:
        edit: The edit.
        service: The folder of the service.
        token: A word that no file contains yet.
        aim: The files of an unedited service after the update.
    """
    present = files(service)
    new_migrations = {path for path in aim.keys() - present.keys() if path.startswith(MIGRATIONS)}
    both = (present.keys() | aim.keys()) - UNTOUCHED - new_migrations
    paths = [path for path in both if edit.file % 2 or present.get(path) != aim.get(path)] or both
    path = sorted(paths)[edit.file // 2 % len(paths)]
    place = service / path
    if path.startswith(MIGRATIONS) and edit.kind != "new file":
        edit = replace(edit, kind="insert")  # Without its revision, an update may be refused.
    if edit.kind == "new file" or path not in present:
        place = place.with_name(f"{token}.py") if path in present else place
        write(place, f"# {token}\n")
    elif edit.kind == "delete":
        place.unlink()
    elif edit.kind == "rename":
        place.rename(place.with_name(f"{place.stem}_{token}{place.suffix}"))
    else:
        edit_lines(place, edit, token)


def edit_lines(path: Path, edit: Edit, token: str) -> None:
    """Insert a comment before a line, replace the line by it, or delete the line and the next."""
    lines = path.read_bytes().decode().splitlines(keepends=True)
    at = edit.line % (len(lines) + 1)
    following = lines[at] if at < len(lines) else ""
    indentation = following[: len(following) - len(following.lstrip())].strip("\n")
    comment = [] if edit.kind == "delete lines" else [f"{indentation}# {token}\n"]
    end = {"insert": at, "replace": at + 1, "delete lines": at + 2}[edit.kind]
    lines[at:end] = comment
    path.write_bytes("".join(lines).encode())


def check(updated: Updated) -> None:
    """Compare an update with git's merge of each file; every other loss must be reported."""
    assert updated.lost() == []
    own = updated.before.keys() - updated.rendered.keys() - updated.renewed.keys()
    assert updated.conflicts & {*USER_OWNED, *own} == set()
    assert updated.lost_changes.vanished == {}
    rendered, before = follow_moves(updated)
    expected: Tree = {ANSWERS_FILE: updated.after[ANSWERS_FILE]}
    missed: set[str] = set()
    for path in (before.keys() | updated.renewed.keys()) - {ANSWERS_FILE}:
        versions = rendered.get(path), before.get(path), updated.renewed.get(path)
        content = merge(path, *versions)
        if content is not None:
            expected[path] = content
        if path.endswith(".py") and path not in updated.conflicts and content is not None:
            assert parses(content) or not parses(before.get(path, b"")), path
        if path not in USER_OWNED and is_missed(*versions, content):
            missed.add(path)
        new = versions[2]
        if new is not None and new != content and versions[0] is None:
            expected[path + BESIDE] = new
        if path.endswith(BESIDE) and new not in {None, versions[0]}:
            missed.add(path.removesuffix(BESIDE))
    assert different(updated.after, expected) == set()
    assert updated.named == missed


def different(first: Tree, second: Tree) -> set[str]:
    """Return the paths whose contents differ."""
    return {path for path in {*first, *second} if first.get(path) != second.get(path)}


def follow_moves(updated: Updated) -> tuple[Tree, Tree]:
    """Return the files before, with edited files where a release has moved them."""
    rendered, before = dict(updated.rendered), dict(updated.before)
    for old, new in Renames.load().paths.items():
        if old not in rendered.keys() & before.keys() - updated.renewed.keys():
            continue
        if before[old] == rendered[old] or new not in updated.renewed:
            continue
        if new not in rendered.keys() | before.keys():
            rendered[new], before[new] = rendered.pop(old), before.pop(old)
    return rendered, before


def merge(path: str, base: bytes | None, mine: bytes | None, renewed: bytes | None) -> bytes | None:
    """Return the expected content of a file: the user's edits and the template's changes."""
    if path in USER_OWNED:
        return renewed if mine is None else mine
    if renewed is None and path.startswith(MIGRATIONS):
        return mine
    if mine == base:
        return renewed
    if renewed in {base, mine}:
        return mine
    if mine is None or renewed is None:
        return None  # Deleted by the user, or by the template.
    return mine if base is None else merge_texts(mine, base, renewed)


def is_missed(
    base: bytes | None, mine: bytes | None, renewed: bytes | None, content: bytes | None
) -> bool:
    """Return whether an edit of the user or a change of the template is in no file."""
    if mine is not None and content is None:
        return mine != base
    return renewed not in {base, content} and (base is None or mine is None)


def merge_texts(mine: bytes, base: bytes, renewed: bytes) -> bytes:
    """Merge three versions of a file, with conflict markers as an update writes them."""
    with TemporaryDirectory() as scratch:
        places = [Path(scratch) / side for side in SIDES]
        for place, content in zip(places, (mine, base, renewed), strict=True):
            place.write_bytes(content)
        labels = [argument for side in SIDES for argument in ("-L", side)]
        command = ["git", "merge-file", "-p", *labels, *places]
        return subprocess.run(command, capture_output=True, check=False).stdout


def parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def resolve(service: Path, conflicts: set[str]) -> None:
    """Resolve conflicts: keep both sides, and in migrations the user's, to have valid Python."""
    for path in conflicts:
        content = (service / path).read_bytes()
        if path.startswith(MIGRATIONS):
            content = re.sub(rb"(?ms)^=======\n.*?(?=^>>>>>>> )", b"", content)
        lines = content.splitlines(keepends=True)
        (service / path).write_bytes(
            b"".join(line for line in lines if line.rstrip() not in MARKERS)
        )


def commit(service: Path) -> None:
    """Commit all changes, even if there are none."""
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--allow-empty", "--message", "Work")
