"""`make update` refuses with the next step, and refuses nothing else."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.rendering import ROOT
from tests import rewriting
from tests.history import PRESENT, git
from tests.make_update.program import STOPPED, run
from tests.next_release import MOVED_TO, NEXT
from tests.rewriting import append, substitute
from tests.updating import changed, commit, make_committed, update

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
    assert f"0.1.0 is older than {PRESENT}, which this service has. Give a newer" in older.stderr
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


def test_a_module_that_was_switched_off_is_not_refused_for_its_migrations(
    releases: Path, tmp_path: Path
) -> None:
    folder = make_committed(tmp_path / "service", releases, PRESENT, example="none", paddle=True)
    update(folder, to=":current:", paddle=False)
    assert (folder / "migrations/versions/paddle").is_dir()
    commit(folder, "Switch something off")
    assert run(folder, "preview", patch=STOPPED).stderr == "stopped\n"


def test_a_module_that_was_switched_on_and_deleted_by_hand_is_not_refused(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    update(folder, to=":current:", blob=True)
    commit(folder, "Switch something on")
    shutil.rmtree(folder / "app/integrations/blob")
    shutil.rmtree(folder / "tests/integrations/blob")
    commit(folder, "Remove it by hand")
    assert run(folder, "preview", patch=STOPPED).stderr == "stopped\n"


def test_a_module_that_was_switched_on_beside_own_files_is_not_refused(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    own = ("app/integrations/blob", "tests/integrations/blob", "devtools/fakes")
    for path in [path for place in own for path in (ROOT / "template" / place).glob("*.py")]:
        rewriting.write(folder / path.relative_to(ROOT / "template"), "MINE = True\n")
    commit(folder, "My own")
    update(folder, to=":current:", blob=True)
    assert (folder / "app/integrations/blob/module.py.from-template").exists()
    commit(folder, "Switch something on")
    assert run(folder, "preview", patch=STOPPED).stderr == "stopped\n"


def test_an_ignored_file_where_the_update_adds_one_is_not_overwritten(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    (folder / MOVED_TO).write_text("MINE = True\n", "utf-8")
    append(folder / ".git/info/exclude", f"{MOVED_TO}\n")
    for command in ("preview", "update"):
        refused = run(folder, command)
        assert refused.returncode == 2
        assert f"and not in git. Move or remove them:\n  {MOVED_TO}\n" in refused.stderr
    assert git(folder, "tag") == ""


def test_folders_in_place_of_files_and_files_in_place_of_folders_stay(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    own = {
        "migrations/env.py/mine.py": "in place of a file",
        "tests/core": "in place of a folder",
        "app/core/audit": "in place of a new folder",
        f"{MOVED_TO}/mine.py": "in place of a new file",
    }
    (folder / "migrations/env.py").unlink()
    shutil.rmtree(folder / "tests/core")
    for path, text in own.items():
        rewriting.write(folder / path, text)
    commit(folder, "My own")
    done = run(folder, "update")
    assert done.returncode == 1
    assert "`app/core/audit/models.py`: app/core/audit is a file. `git show " in done.stdout
    assert f"`{MOVED_TO}`: yours is a folder. `git show " in done.stdout
    assert {path: (folder / path).read_text("utf-8") for path in own} == own
    assert run(folder, "finish").returncode == 0


def test_markers_that_belong_in_a_file_are_allowed_by_an_attribute(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    append(folder / "README.md", "<<<<<<< a\n=======\n>>>>>>> b\n")
    append(folder / ".gitattributes", "README.md conflict-marker-size=32\n")
    commit(folder, "How to merge")
    stopped = run(folder, "preview", patch=STOPPED)
    assert stopped.stderr == "stopped\n"
