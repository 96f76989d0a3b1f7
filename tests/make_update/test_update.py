"""`make update` brings a service to a newer release and reports every change."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.history import PRESENT, git
from tests.make_update.program import make, resolve, run
from tests.next_release import MOVED_TO, NEXT, REMOVED
from tests.rewriting import append
from tests.services import Service
from tests.updating import changed, commit, make_committed, unmerged

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.


def test_a_service_without_edits_is_updated_checked_and_like_a_new_one(
    releases: Path, generated: Path, services_folder: Path
) -> None:
    service = Service(services_folder / "to be updated")
    shutil.copytree(generated, service.folder)
    said = service.run("make update")
    assert "## Settings that production now requires\n\n- `LOG_LEVEL`" in said
    assert "New migrations: run `make migrate`\n\n- `migrations/versions/audit/" in said
    assert "A whole new thing." in said
    assert "Read this before you deploy." in said
    assert "Known already." not in said
    assert "Not yet." not in said
    fresh = make_committed(services_folder / "fresh", releases, NEXT, example="none")
    git(service.folder, "fetch", "--quiet", str(fresh))
    differing = set(git(service.folder, "diff", "--name-only", "FETCH_HEAD").split())
    assert differing == {".github/workflows/ci.yml", "app/features/__init__.py", "project.mk"}


def test_the_preview_is_the_report_of_the_update(
    predicted: str, begun: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(begun)
    updated = run(folder, "update")
    assert updated.returncode == 1
    assert "\n## Removed although" in updated.stdout.partition("To undo the update")[2]
    assert f"  {REMOVED}\nMake them again where they belong." in updated.stderr
    report = (folder / ".data/update-report.md").read_text("utf-8")
    assert report.replace(f"before-update-{NEXT}", "HEAD") == predicted
    assert {path for path in changed(folder) if f"`{path}`" not in report} == set()
    assert unmerged(folder) == {".env.example"}
    assert "## In conflict: to be resolved by hand\n\n- `.env.example`\n" in report


def test_removed_edits_and_missed_changes_are_reported_with_a_command(
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
    assert "- `compose.yaml`: you have moved it to `deploy/compose.yaml`. `git diff " in report


def test_conflicts_and_lost_changes_stop_the_update_until_they_are_resolved(
    begun: Path, copied: Callable[[Path], Path], environment: dict[str, str]
) -> None:
    folder = copied(begun)
    status, said = make(folder, "update", environment)
    assert status != 0
    assert "In conflict:\n  .env.example\nResolve and `git add` them" in said
    assert "Changes are missing in the result, see above:\n  Dockerfile\n" in said
    git(folder, "add", ".env.example")  # The markers are still there.
    status, said = make(folder, "update-finish", environment)
    assert status != 0
    assert "In conflict:\n  .env.example\n" in said
    assert "Changes are missing" not in said  # They were named, and nothing was done about them.
    resolve(folder / ".env.example")
    status, said = make(folder, "update-finish", environment)
    assert status == 0, said
    assert "all is well" in said
    commit(folder, "Update")
    assert run(folder, "finish").stderr.startswith("No update is in progress")


def test_lost_changes_can_be_accepted_beforehand(
    edited: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(edited)
    (folder / ".env.example").write_bytes(
        subprocess.check_output(["git", "show", "HEAD~:.env.example"], cwd=folder)
    )
    commit(folder, "No conflict")
    assert run(folder, "preview", "--accept", "Dockerfile").returncode == 1
    paths = ["Dockerfile,compose.yaml", REMOVED]
    options = [part for path in paths for part in ("--accept", path)]
    assert run(folder, "preview", *options).returncode == 0
    assert run(folder, "update", "--accept", "all").returncode == 0
    assert not (folder / REMOVED).exists()


def test_an_update_is_undone_by_the_command_that_it_prints(
    edited: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(edited)
    said = run(folder, "update").stdout
    assert changed(folder) != set()
    other = run(folder, "update", "--to", PRESENT)
    assert other.stderr == f"The update to {NEXT} is in progress. Finish it, or undo it.\n"
    undo = f"git restore --source=before-update-{NEXT} --staged --worktree -- ."
    assert f"To undo the update: {undo}\n" in said
    subprocess.run(undo.split(), cwd=folder, check=True)
    assert changed(folder) == set()
    assert run(folder, "finish").stderr.startswith("No update is in progress")


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


def test_an_update_by_copier_itself_is_taken_over_if_it_is_complete(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    append(folder / "README.md", "\nMine.\n")
    commit(folder, "My work")
    copier = [sys.executable, "-m", "copier", "update", "--defaults", "--context-lines", "1000"]
    subprocess.run(copier, cwd=folder, check=True, capture_output=True)
    done = run(folder, "finish")
    assert done.returncode == 0, done.stderr
    assert f"# Update from {PRESENT} to {NEXT}" in done.stdout
    assert (folder / "README.md").read_text("utf-8").endswith("\nMine.\n")
