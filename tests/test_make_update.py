"""`make update` brings a service to a newer release, and says everything that it does to it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.rendering import service_environment
from tests.history import PRESENT, git
from tests.next_release import MOVED_TO, NEXT, REMOVED
from tests.rewriting import append, replace, substitute
from tests.services import Service
from tests.updating import changed, commit, make_committed, unmerged, update

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.

CHANGELOG = """\
# Changelog

## Unreleased

- Not yet.

## {next} - 2027-01-02

- A whole new thing.

## {present} - 2027-01-01

- Known already.
"""
UPGRADING = "# Upgrading\n\n## {next}\n\nRead this before you deploy.\n"
STOPPED = (
    "def stop(*_, **__): raise program.UpdateError('stopped')\nplanning.run_copier_update = stop"
)
UNCHECKED = "program.check_service = lambda repository: None"
DRIVER = """\
import os, signal, sys
from devtools.updating import __main__ as program, planning, writing

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

{patch}
sys.argv = ["updating", *{arguments!r}]
program.main()
"""


@pytest.fixture(scope="module")
def releases(next_history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history whose newest release has news, and needs a setting more."""
    folder = tmp_path_factory.mktemp("releases") / "template"
    shutil.copytree(next_history, folder)
    words = {"next": NEXT, "present": PRESENT}
    (folder / "CHANGELOG.md").write_text(CHANGELOG.format(**words), "utf-8")
    (folder / "UPGRADING.md").write_text(UPGRADING.format(**words), "utf-8")
    replace(
        folder / "template/app/settings.py", '"secret_key",', '"secret_key",\n        "log_level",'
    )
    commit(folder, "News")
    git(folder, "tag", "--force", NEXT)
    return folder


@pytest.fixture(scope="module")
def generated(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service of the present release, committed; do not change it."""
    folder = tmp_path_factory.mktemp("generated") / "service"
    return make_committed(folder, releases, PRESENT, example="none")


@pytest.fixture(scope="module")
def edited(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with edits that collide, are removed and are missed; do not change it."""
    folder = tmp_path_factory.mktemp("edited") / "service"
    shutil.copytree(generated, folder)
    replace(folder / ".env.example", "# LOG_LEVEL=INFO", "# LOG_LEVEL=ERROR")
    append(folder / REMOVED, "\nMINE = True\n")
    (folder / "deploy").mkdir()
    (folder / "compose.yaml").rename(folder / "deploy/compose.yaml")
    (folder / "Dockerfile").unlink()
    # What `make check` says of a whole service is seen once; here it is that it runs.
    substitute(folder / "Makefile", r"(?m)^check: .*\n(\t.*\n)+", "check:\n\t@echo all is well\n")
    commit(folder, "My work")
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """That of a terminal, where all services share their packages."""
    packages = tmp_path_factory.mktemp("packages") / "venv"
    return {**service_environment(), "UV_PROJECT_ENVIRONMENT": str(packages)}


@pytest.fixture(scope="module")
def predicted(edited: Path) -> str:
    """What a preview of the edited service says."""
    previewed = run(edited, "preview")
    assert previewed.returncode == 1, previewed.stderr
    assert changed(edited) == set()
    return previewed.stdout


@pytest.fixture(scope="module")
def begun(edited: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edited service with an update of which nothing is written yet; do not change it."""
    folder = Path(shutil.copytree(edited, tmp_path_factory.mktemp("begun") / "service"))
    killed = run(folder, "update", patch="program.carry_out = die")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    return folder


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a service into a path with a space."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / "my service"))


def run(folder: Path, *arguments: str, patch: str = UNCHECKED) -> subprocess.CompletedProcess[str]:
    """Run the program behind `make update` with something replaced in it."""
    return subprocess.run(
        [sys.executable, "-c", DRIVER.format(patch=patch, arguments=arguments)],
        cwd=folder,
        env={**service_environment(), "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )


def make(folder: Path, target: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run a target as in a terminal; return its status and what it printed."""
    done = subprocess.run(
        ["make", *target.split()],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_service_without_edits_is_updated_checked_and_like_a_new_one(
    releases: Path, generated: Path, services_folder: Path
) -> None:
    service = Service(services_folder / "to be updated")
    shutil.copytree(generated, service.folder)
    said = service.run("make update")
    assert "## Settings that production newly needs\n\n- `LOG_LEVEL`" in said
    assert "New migrations: run `make migrate`\n\n- `migrations/versions/audit/" in said
    assert "A whole new thing." in said
    assert "Read this before you deploy." in said
    assert "Known already." not in said
    assert "Not yet." not in said
    fresh = make_committed(services_folder / "fresh", releases, NEXT, example="none")
    git(service.folder, "fetch", "--quiet", str(fresh))
    differing = set(git(service.folder, "diff", "--name-only", "FETCH_HEAD").split())
    assert differing == {".github/workflows/ci.yml", "app/features/__init__.py", "project.mk"}


def test_the_preview_says_exactly_what_the_update_then_does(
    predicted: str, begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    updated = run(folder, "update")
    assert updated.returncode == 1
    assert updated.stdout == f"The update to {NEXT} is under way: it is taken up where it was.\n"
    report = (folder / ".data/update-report.md").read_text("utf-8")
    assert report.replace(f"before-update-{NEXT}", "HEAD") == predicted
    assert {path for path in changed(folder) if f"`{path}`" not in report} == set()
    assert unmerged(folder) == {".env.example"}
    assert "## In conflict: to be mended by hand\n\n- `.env.example`\n" in report


def test_what_the_update_removes_or_misses_is_named_with_the_command_that_shows_it(
    begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    run(folder, "update")
    report = (folder / ".data/update-report.md").read_text("utf-8")
    assert not (folder / REMOVED).exists()
    command = f"git checkout before-update-{NEXT} -- {REMOVED}"
    assert f"    {command}\n" in report
    subprocess.run(command.split(), cwd=folder, check=True)
    assert "MINE = True" in (folder / REMOVED).read_text("utf-8")
    for path, text in (("compose.yaml", "postgres:19"), ("Dockerfile", "EXPOSE 8000/tcp")):
        [missed] = [line for line in report.splitlines() if line.startswith(f"- `{path}`")]
        shown = missed.split("`")[-2]
        assert text in subprocess.check_output(shown.split(), cwd=folder, text=True)
    assert "- `compose.yaml`, which is now `deploy/compose.yaml`: " in report


def test_conflicts_stop_the_update_until_they_are_mended(
    begun: Path, copied: Callable[[Path], Path], environment: dict[str, str]
) -> None:
    folder = copied(begun)
    status, said = make(folder, "update", environment)
    assert status != 0
    assert "In conflict:\n  .env.example\nMend and `git add` them" in said
    git(folder, "add", ".env.example")  # The markers are still there.
    status, said = make(folder, "update-finish", environment)
    assert status != 0
    assert "In conflict:\n  .env.example\n" in said
    mend(folder / ".env.example")
    status, said = make(folder, "update-finish", environment)
    assert status == 0, said
    assert "all is well" in said
    commit(folder, "Update")
    assert run(folder, "finish").stderr.startswith("No update is under way")


def mend(path: Path) -> None:
    substitute(path, r"(?ms)^<{7} .*?\n(.*?)^={7}\n.*?^>{7} .*?\n", r"\1")


def test_an_update_is_taken_back_by_the_command_that_it_names(
    begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    run(folder, "update")
    assert changed(folder) != set()
    other = run(folder, "update", "--to", PRESENT)
    assert other.stderr == f"The update to {NEXT} is under way. Finish it, or take it back.\n"
    git(folder, "reset", "--quiet", "--hard", f"before-update-{NEXT}")
    assert changed(folder) == set()
    assert run(folder, "finish").stderr.startswith("No update is under way")


KILLED_AT = {
    "before a file is written": "writing._write_files = die",
    "between files": "writing._remove = die",
    "before the index is written": "writing._write_index = die",
    "before that is noted": "program.replace = die",
    "before it looks for conflicts": "program.refusals.unfinished = die",
}


@pytest.mark.parametrize("patch", KILLED_AT.values(), ids=KILLED_AT)
def test_an_update_that_was_killed_is_taken_up_again(
    begun: Path, copied: Callable[[Path], Path], patch: str, undisturbed: dict[str, str]
) -> None:
    folder = copied(begun)
    assert run(folder, "update", patch=patch).returncode == -signal.SIGKILL
    again = run(folder, "update")
    assert "In conflict:\n  .env.example\n" in again.stderr
    assert written(folder) == undisturbed
    assert git(folder, "tag").split() == [f"before-update-{NEXT}"]


@pytest.fixture(scope="module")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What an update that nobody killed writes."""
    folder = Path(shutil.copytree(begun, tmp_path_factory.mktemp("undisturbed") / "service"))
    run(folder, "update")
    return written(folder)


def written(folder: Path) -> dict[str, str]:
    """Return the content and the entry in git's index of every path that differs, by path."""
    return {
        path: git(folder, "ls-files", "--stage", "--", path)
        + ((folder / path).read_text("utf-8") if (folder / path).exists() else "")
        for path in changed(folder)
    }


def test_a_file_that_is_edited_while_an_update_lies_killed_is_left_alone(
    begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    append(folder / "ruff.toml", "# Mine\n")
    said = run(folder, "update").stdout
    assert "ruff.toml has been changed since the update began: left as it is." in said
    assert (folder / "ruff.toml").read_text("utf-8").endswith("# Mine\n")


def test_the_worktree_of_a_killed_update_is_removed_by_the_next_one(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    killed = run(folder, "preview", patch="planning.run_copier_update = die")
    assert killed.returncode == -signal.SIGKILL
    assert git(folder, "worktree", "list").count("\n") == 2
    stopped = run(folder, "preview", patch=STOPPED)
    assert stopped.stderr == "stopped\n"
    assert git(folder, "worktree", "list").count("\n") == 1


def test_a_service_in_a_shallow_clone_of_a_larger_repository_is_updated(
    generated: Path, tmp_path: Path
) -> None:
    whole, clone = tmp_path / "whole", tmp_path / "clone"
    shutil.copytree(generated, whole / "services/my api", ignore=shutil.ignore_patterns(".git"))
    (whole / "README.md").write_text("Not the service's\n", "utf-8")
    git(whole, "init", "--quiet")
    commit(whole, "First")
    commit_empty = ("commit", "--quiet", "--allow-empty", "--message", "Second")
    git(whole, *commit_empty)
    git(tmp_path, "clone", "--quiet", "--depth=1", whole.as_uri(), "clone")
    git(clone, "checkout", "--quiet", "--detach")
    (clone / "not the service's.txt").touch()
    done = run(clone / "services/my api", "update")
    assert done.returncode == 0, done.stderr
    assert f"_commit: '{NEXT}'" in (clone / "services/my api/.copier-answers.yml").read_text(
        "utf-8"
    )
    assert (clone / "services/my api" / MOVED_TO).exists()
    outside = {path for path in changed(clone) if not path.startswith("services/my api/")}
    assert outside == {"not the service's.txt"}


def test_a_service_of_the_first_release_is_updated_by_copier_and_finished_by_make(
    releases: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = make_committed(tmp_path / "my first", releases, "0.1.0", example="none")
    assert not (folder / "devtools/updating").exists()
    append(folder / REMOVED, "\nMINE = True\n")
    commit(folder, "My work")
    command = "uvx copier update --defaults --skip-answered --context-lines 1000"
    assert command in (Path(__file__).parents[1] / "docs/updating.md").read_text("utf-8")
    subprocess.run(command.split(), cwd=folder, env=environment, check=True, capture_output=True)
    substitute(folder / "Makefile", r"(?m)^check: .*\n(\t.*\n)+", "check:\n\t@echo all is well\n")
    status, said = make(folder, "update-finish", environment)
    assert status == 0, said
    assert f"# Update from 0.1.0 to {NEXT}" in said
    assert f"git checkout before-update-{NEXT} -- {REMOVED}" in said


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
        "Conflict markers were committed in these. Mend them and commit:\n  README.md",
    ),
    "no version": (set_origin("_commit", ""), "names no version in `_commit`"),
    "no address": (set_origin("_src_path", "."), "`_src_path: .` in .copier-answers.yml leads"),
    "nobody there": (
        set_origin("_src_path", "/no/where"),
        "template at /no/where cannot be reached",
    ),
    "an answer by hand": (
        set_origin("paddle", "true"),
        "Put `paddle: false` back, commit, and run `make switch on=paddle`",
    ),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_what_to_do_and_nothing_is_touched(
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


def test_an_answer_that_the_files_have_followed_is_not_taken_for_one_by_hand(
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
    assert f"ignored files are there. Move:\n  {MOVED_TO}\n" in refused.stderr


def test_markers_that_belong_into_a_file_are_allowed_by_an_attribute(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    append(folder / "README.md", "<<<<<<< a\n=======\n>>>>>>> b\n")
    append(folder / ".gitattributes", "README.md conflict-marker-size=32\n")
    commit(folder, "How to merge")
    stopped = run(folder, "preview", patch=STOPPED)
    assert stopped.stderr == "stopped\n"
