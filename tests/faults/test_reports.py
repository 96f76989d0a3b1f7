"""Migrations, settings and formatting in the report, and Copier's own update."""

import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import copier
import pytest

from plumbline.errors import PlumblineError, Unfinished
from tests.faults import small_template
from tests.faults.conftest import Small, run_program, stopped_by
from tests.faults.small_template import LINES, MIGRATION, NEW


def test_two_heads_of_a_branch_are_reported(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.write("migrations/versions/core/m1.py", MIGRATION.format(revision="m1", after="'c1'"))
    service.commit()
    service.update()
    report = capsys.readouterr().out
    assert "## Migrations with two heads" in report
    assert "- core: c2 and m1." in report


def test_heads_of_the_user_alone_are_not_reported(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("m1", "m2"):
        service.write(
            f"migrations/versions/notes/{name}.py", MIGRATION.format(revision=name, after=None)
        )
    service.commit()
    service.update()
    assert "two heads" not in capsys.readouterr().out


def test_a_migration_whose_base_is_gone_stops_the_update(service: Small) -> None:
    service.git("rm", "--quiet", "-r", "migrations/versions/core")
    service.commit("Mine")
    before = service.state()
    with pytest.raises(PlumblineError, match=r"migrations/versions/core/c2\.py follows c1\n"):
        service.update()
    assert service.state() == before
    removed = service.git(
        "log", "-1", "--diff-filter=D", "--format=%H", "--", "migrations/versions"
    )
    service.git("checkout", f"{removed.strip()}~", "--", "migrations/versions")
    service.commit("Restore")
    service.update()
    assert service.version == NEW


def test_a_migration_in_conflict_is_still_the_base_of_a_new_one(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "migrations/versions/core/c1.py"
    service.write(path, f"# Mine.\n{service.read(path)}")
    service.commit()
    with stopped_by(path):
        service.update()
    assert service.version == NEW
    assert "two heads" not in capsys.readouterr().out


def test_a_module_that_was_deleted_by_hand_stays_deleted(make: Callable[..., Small]) -> None:
    service = make(search=True)
    service.git("rm", "--quiet", "-r", "app/integrations/search", "migrations/versions/search")
    service.write("app/modules.py", "MODULES = []\n")
    service.commit()
    with stopped_by("migrations/versions/search/s1.py"):
        service.update()
    service.finish()
    assert not (service.folder / "app/integrations/search").exists()
    assert service.version == NEW


@pytest.mark.parametrize("line", ["OLD_ONE=3", "export OLD_ONE=3", "  OLD_ONE="])
def test_a_setting_that_is_gone_is_reported_with_what_env_has(
    service: Small, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    service.write(".env", f"NAME=x\n{line}\n")
    service.update()
    report = capsys.readouterr().out
    assert "- `OLD_ONE`: remove it from your .env" in report
    assert "NAME" not in report


def test_a_setting_of_the_user_is_not_gone(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.write(".env.example", service.read(".env.example") + "# MINE=1\n")
    service.commit()
    service.update()
    assert "`MINE`" not in capsys.readouterr().out
    assert service.read(".env.example").endswith("# --- Yours ---\n# MINE=1\n")


@pytest.fixture
def formatted(service: Small, monkeypatch: pytest.MonkeyPatch) -> Small:
    """A service whose user formats with quotes and a line length of their own."""
    environment = Path(sys.executable).parents[1]
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(environment))
    service.write("ruff.toml", "line-length = 40\n[format]\nquote-style = 'single'\n")
    return service


def test_a_file_in_another_format_has_no_conflict(formatted: Small, small: Path) -> None:
    template = Path(shutil.copytree(small, formatted.folder.parent / "template"))
    old = [*LINES, "\n\n", 'names = ["one", "two", "three", "four", "five"]\n', 'x = "y"\n']
    new = [*LINES, "\n\n", 'names = ["one", "two", "three", "four", "six"]\n', 'x = "y"\n']
    for version, lines in (("3.0", old), ("4.0", new)):
        small_template.write(template / "template", "app/core.py", "".join(lines))
        small_template.tag(template, version)
    answers = formatted.read(".copier-answers.yml").replace(str(small), str(template))
    formatted.write(".copier-answers.yml", answers)
    formatted.commit()
    formatted.updater().update(to="3.0")
    formatted.commit()
    names = "".join(f"    '{name}',\n" for name in ("one", "two", "three", "four", "five"))
    own = f"names = [\n{names}]\nx = 'y'\nz = 'mine'\n"
    formatted.write("app/core.py", "".join([*LINES, "\n\n", own]))
    formatted.commit("Format")
    formatted.update()
    assert formatted.read("app/core.py").endswith(own.replace("five", "six"))


def copier_update(service: Small, **answers: object) -> None:
    copier.run_update(service.folder, data=answers, defaults=True, overwrite=True, quiet=True)


def test_a_complete_update_by_copier_is_taken_over(service: Small) -> None:
    service.write("app/own.py", "MINE = 1\n")
    service.commit()
    copier_update(service)
    service.finish()
    assert service.version == NEW


def remove_own_line(service: Small) -> None:
    service.write("app/core.py", service.read("app/core.py").replace("line_30 = 'mine'\n", ""))


def restore_old_file(service: Small) -> None:
    service.git("checkout", "HEAD", "--", "AGENTS.md")


def remove_new_file(service: Small) -> None:
    (service.folder / "app/new.py").unlink()


@pytest.mark.parametrize("damage", [remove_own_line, restore_old_file, remove_new_file])
def test_an_update_by_copier_that_lacks_something_is_refused(
    service: Small, damage: Callable[[Small], None]
) -> None:
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_30 = 30", "line_30 = 'mine'"))
    service.commit()
    copier_update(service)
    damage(service)
    with pytest.raises(PlumblineError, match="git stash push"):
        service.finish()
    service.git("add", "--all", ".")
    service.git("stash", "push", "--quiet", "--", ".")
    service.update()
    assert "line_30 = 'mine'\n" in service.read("app/core.py")
    assert service.read("AGENTS.md").startswith("Read that.")


def test_a_toggle_that_copier_has_switched_off_is_refused_with_its_tables(
    make: Callable[..., Small],
) -> None:
    service = make(search=True)
    copier_update(service, search=False)
    with pytest.raises(PlumblineError, match=r"without their tables: search\.\n  s1s\n"):
        service.finish()


def test_there_is_nothing_to_finish_without_an_update(service: Small) -> None:
    with pytest.raises(PlumblineError, match="No update is in progress"):
        service.finish()


def test_a_conflict_that_is_resolved_without_the_users_line_is_named_once(service: Small) -> None:
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_3 = 3", "line_3 = 'mine'"))
    service.commit()
    with pytest.raises(Unfinished, match="In conflict"):
        service.update()
    with pytest.raises(Unfinished, match="In conflict"):
        service.finish()
    resolved = [line for line in LINES if line != "line_3 = 3\n"]
    service.write("app/core.py", "".join(resolved))
    service.git("add", "app/core.py")
    with stopped_by("app/core.py"):
        service.finish()
    service.finish()
    assert service.version == NEW


def test_edits_after_an_update_are_not_missing_in_it(service: Small) -> None:
    lines = service.read("app/core.py").replace("line_3 = 3", "line_3 = 'mine'")
    service.write("app/core.py", lines)
    service.write("app/own.py", "ONE = 1\nTWO = 2\n")
    service.write("README.md", service.read("README.md") + "\nMine.\n")
    service.commit()
    with stopped_by("app/core.py"):
        service.update()
    service.write("app/own.py", "TWO = 2\n")
    service.write("README.md", service.read("README.md").replace("Mine.", "Ours."))
    service.write("app/core.py", lines)
    service.git("add", "--all")
    service.finish()
    assert service.version == NEW


def test_an_update_by_copier_that_lacks_something_beside_a_conflict_is_refused(
    service: Small,
) -> None:
    lines = service.read("app/core.py").replace("line_3 = 3", "line_3 = 'mine'")
    service.write("app/core.py", lines)
    service.write("README.md", service.read("README.md") + "\nMine.\n")
    service.commit()
    copier_update(service)
    service.write("README.md", service.read("README.md").replace("Mine.", ""))
    with pytest.raises(PlumblineError, match=r"(?s)README\.md.*git stash push -- \."):
        service.finish()


def test_a_setting_that_is_gone_is_reported_without_an_own_example(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.git("rm", "--quiet", ".env.example")
    service.commit()
    service.write(".env", "OLD_ONE=3\n")
    with stopped_by(".env.example"):
        service.update()
    assert "- `OLD_ONE`: remove it from your .env" in capsys.readouterr().out


def test_a_setting_whose_line_the_user_has_changed_is_gone_too(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.write(".env.example", service.read(".env.example").replace("OLD_ONE=1", "OLD_ONE=2"))
    service.commit()
    with stopped_by(".env.example"):
        service.update()
    assert "- `OLD_ONE`\n" in capsys.readouterr().out


def test_a_formatted_file_that_a_release_removes_is_no_edit(
    formatted: Small, template: Small, release: Callable[..., None]
) -> None:
    del template
    release("3.0", {"app/form.py": 'names = ["one", "two", "three", "four", "five"]\n'})
    formatted.commit()
    formatted.update()
    formatted.commit()
    names = "".join(f"    '{name}',\n" for name in ("one", "two", "three", "four", "five"))
    formatted.write("app/form.py", f"names = [\n{names}]\n")
    formatted.commit("Format")
    release("4.0", {"app/form.py": None})
    formatted.update()
    assert not (formatted.folder / "app/form.py").exists()


KILLS = {
    "before it writes": "copier._main.Worker._apply_update = die",
    "before the edits": """
copy = copier._main.Worker.run_copy
def until_the_edits(worker, done=[]):
    done.append(worker)
    die() if len(done) == 3 else copy(worker)
copier._main.Worker.run_copy = until_the_edits""",
    "after the first files": """
write = Path.write_bytes
def until_the_fifth(path, content, written=[]):
    if Path.cwd() in path.absolute().parents and ".git" not in path.parts:
        written.append(path)
    if len(written) == 5:
        die()
    return write(path, content)
Path.write_bytes = until_the_fifth""",
}


@pytest.mark.parametrize("patch", KILLS.values(), ids=KILLS)
def test_a_killed_update_by_copier_is_not_taken_over(service: Small, patch: str) -> None:
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_30 = 30", "line_30 = 'mine'"))
    service.write("README.md", service.read("README.md") + "\nMine.\n")
    service.commit()
    run = "copier.run_update('.', defaults=True, overwrite=True, quiet=True)"
    killed = run_program(service, run, patch=f"import copier, copier._main\n{patch}")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if not service.git("status", "--porcelain"):
        service.update()
        assert "line_30 = 'mine'" in service.read("app/core.py")
        return
    before = service.state()
    with pytest.raises(PlumblineError):
        service.finish()
    assert service.state() == before
    with pytest.raises(PlumblineError, match="Commit or stash"):
        service.update()
    service.git("add", "--all", ".")
    service.git("stash", "push", "--quiet", "--", ".")
    service.update()
    assert "line_30 = 'mine'" in service.read("app/core.py")
    assert service.read("README.md").endswith("Mine.\n")
