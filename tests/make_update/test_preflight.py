"""`make update` refuses with the next step, and refuses nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import rewriting
from tests.history import PRESENT, git
from tests.make_update.program import STOPPED, run
from tests.next_release import MOVED_TO, NEXT
from tests.rewriting import append, substitute
from tests.updating import changed, commit, update

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.


def write(path: str, text: str) -> Callable[[Path], None]:
    return lambda folder: append(folder / path, text)


def commit_after(change: Callable[[Path], None]) -> Callable[[Path], None]:
    def both(folder: Path) -> None:
        change(folder)
        commit(folder, "A change")

    return both


def set_origin(name: str, value: str) -> Callable[[Path], None]:
    return commit_after(
        lambda folder: substitute(
            folder / ".copier-answers.yml", rf"(?m)^{name}: .*\n", f"{name}: {value}\n"
        )
    )


def become_a_folder(folder: Path) -> None:
    (folder / "migrations/env.py").unlink()
    rewriting.write(folder / "migrations/env.py/mine.py", "")


def become_a_file(folder: Path) -> None:
    shutil.rmtree(folder / "tests/core")
    rewriting.write(folder / "tests/core", "")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "no git": (lambda folder: shutil.rmtree(folder / ".git"), "not in git"),
    "a changed file": (write("README.md", "Mine\n"), "Commit or stash these first:\n  README.md"),
    "a new file": (lambda folder: (folder / "my notes").touch(), "stash these first:\n  my notes"),
    "committed markers": (
        commit_after(write("README.md", "<<<<<<< a\n=======\n>>>>>>> b\n")),
        "Conflict markers are committed in these. Resolve them and commit:\n  README.md",
    ),
    "no version": (set_origin("_commit", ""), "has no version in `_commit`"),
    "no address": (
        set_origin("_src_path", "."),
        "`_src_path: .` in .copier-answers.yml is a relative path",
    ),
    "an unreachable template": (
        set_origin("_src_path", "/no/where"),
        "template at /no/where cannot be reached",
    ),
    "an answer by hand": (
        set_origin("paddle", "true"),
        "Restore `paddle: false`, commit, and run `make switch on=paddle`",
    ),
    "a folder for a file": (
        commit_after(become_a_folder),
        "The template has a file where you have a folder, or the other way round. "
        "Rename yours:\n  migrations/env.py\n",
    ),
    "a file for a folder": (commit_after(become_a_file), "Rename yours:\n  tests/core\n"),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_the_next_step_and_nothing_is_changed(
    generated: Path,
    copied: Callable[[Path], Path],
    change: Callable[[Path], object],
    reason: str,
) -> None:
    folder = copied(generated)
    change(folder)
    before = changed(folder) if (folder / ".git").exists() else set()
    refused = run(folder, "update")
    assert refused.returncode == 2
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr
    if (folder / ".git").exists():
        assert changed(folder) == before
        assert git(folder, "tag") == ""


def test_an_older_or_an_unknown_version_is_refused(generated: Path) -> None:
    unknown = run(generated, "preview", "--to", "7.7")
    assert f"The template has no version 7.7. Its newest: {NEXT}, " in unknown.stderr
    older = run(generated, "preview", "--to", "0.1.0")
    assert "Downgrades are not supported. Give a newer version" in older.stderr
    assert run(generated, "preview", "--to", PRESENT).stdout == "Nothing to update.\n"


def test_the_check_says_whether_an_update_is_due(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    due = run(generated, "check")
    assert due.returncode == 1
    assert f"update-due=yes\nupdate-from={PRESENT}\nupdate-to={NEXT}\n" in due.stdout
    folder = copied(generated)
    set_origin("_src_path", "/no/where")(folder)
    unknown = run(folder, "check")
    assert (unknown.returncode, unknown.stdout) == (2, "update-due=unknown\n")
    assert "cannot be reached" in unknown.stderr


def test_an_answer_that_the_files_match_is_not_refused(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    update(folder, to=":current:", redis=True)
    commit(folder, "Switch something on")
    assert run(folder, "preview", patch=STOPPED).stderr == "stopped\n"


def test_an_ignored_file_where_the_update_adds_one_is_not_overwritten(
    begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    (folder / MOVED_TO).write_text("MINE = True\n", "utf-8")
    append(folder / ".git/info/exclude", f"{MOVED_TO}\n")
    plan = "planning.Plan(**__import__('json').loads(planning.plan_path(repository).read_text()))"
    patch = f"program.prepare = lambda repository, **_: {plan}"
    refused = run(folder, "preview", patch=patch)
    assert (
        f"Ignored files are in the place of files that the update adds. Move:\n  {MOVED_TO}\n"
        in refused.stderr
    )


def test_markers_that_belong_in_a_file_are_allowed_by_an_attribute(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    append(folder / "README.md", "<<<<<<< a\n=======\n>>>>>>> b\n")
    append(folder / ".gitattributes", "README.md conflict-marker-size=32\n")
    commit(folder, "How to merge")
    stopped = run(folder, "preview", patch=STOPPED)
    assert stopped.stderr == "stopped\n"
