"""A release is made whole or not at all, and nothing that people rely on goes without a note."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path

import pytest
from packaging.version import Version

from scripts.archives import (
    ARCHIVES,
    CHECKSUMS,
    SHIPPED,
    archive_of,
    checksum_line,
    released_versions,
    unpack_release,
)
from scripts.notes import has_entries, sections
from scripts.paths import ShippedTemplate
from scripts.release import (
    CHANGELOG,
    PROJECT,
    UPGRADING,
    Refused,
    archive,
    next_version,
    reasons_against,
    release,
    unexplained_changes,
)
from scripts.rendering import ROOT
from tests.conftest import Render
from tests.history import git, tag_all
from tests.services import tree
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES
from tests.updating import changed, commit

TODAY = date(2027, 1, 31)
SETTINGS = "template/app/settings.py"
MIGRATION = "template/migrations/versions/core/create_things.py"
FILES = {
    "pyproject.toml": '[project]\nname = "small"\nversion = "0.2.0.dev0" # The next.\n',
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-11-25\n\n- All.\n",
    "UPGRADING.md": "# Upgrading\n\n## Unreleased\n\n## 0.1.0\n\nThe first release.\n",
    "copier.yml": """\
_exclude:
  - "{% if not extra|default(false) %}/app/extra{% endif %}"
  - "{% if not counted|default(false) %}/app/counted.py{% endif %}"
name: { type: str, default: My Service }
color: { type: str, choices: { Red: red, Blue: blue }, default: red }
extra: { type: bool, default: false }
counted: { type: bool, default: "{{ extra }}", when: false }
""",
    "questions/none.yml": "",
    "template/Makefile": "UV := uv\n\nworker: up  ## Work\n\t@true\n",
    "template/devtools/targets/extra.mk": "extra-load:\n\t@true\n",
    "template/README.md.jinja": "# {{ name }}\n",
    "template/app/counted.py": "",
    "template/app/extra/module.py": "",
    SETTINGS: '''\
class MailSettings(BaseSettings):
    required_in_production: ClassVar[tuple[str, ...]] = ("mail_host",)

    mail_host: str | None = None
    mail_port: int = 587
    """The port."""

    def missing_in_production(self) -> list[str]:
        """Return what is missing."""
        return []
''',
    MIGRATION: '''\
"""Create things."""

revision: str = "5d0b7c3e91fa"
down_revision: str | None = None


def upgrade() -> None:
    """Create."""
    op.create_table("things")
''',
}


@pytest.fixture(scope="session")
def released_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small template that was released once and has changed since; copy it."""
    folder = tmp_path_factory.mktemp("released") / "repository"
    for path, text in FILES.items():
        write(folder / path, text)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "config", "user.name", "Somebody")
    git(folder, "config", "user.email", "somebody@example.com")
    tag_all(folder, "0.1.0")
    packed = archive(folder)
    (folder / ARCHIVES).mkdir(parents=True)
    (folder / archive_of("0.1.0")).write_bytes(packed)
    write(folder / CHECKSUMS, checksum_line("0.1.0", packed))
    replace(folder / CHANGELOG, "Unreleased\n", "Unreleased\n\n### Added\n\n- More.\n")
    commit(folder, "Work")
    return folder


@pytest.fixture
def repository(released_repository: Path, tmp_path: Path) -> Path:
    return shutil.copytree(released_repository, tmp_path / "repository")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, f"{path} has no {old}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_release_is_two_commits_a_tag_an_archive_and_dated_notes(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert release(repository, next_version(repository), today=TODAY) == "main"
    assert changed(repository) == set()
    assert git(repository, "rev-parse", "0.2.0^") == head
    assert git(repository, "rev-parse", "HEAD^") == git(repository, "rev-parse", "0.2.0")
    assert git(repository, "log", "--format=%s", "-2") == "Begin 0.3.0.dev0\nRelease 0.2.0\n"
    tagged = git(repository, "show", "0.2.0:pyproject.toml")
    assert tagged == FILES["pyproject.toml"].replace("0.2.0.dev0", "0.2.0")
    assert next_version(repository) == "0.3.0"
    changelog, upgrading = (
        (repository / path).read_text("utf-8") for path in (CHANGELOG, UPGRADING)
    )
    assert "## Unreleased\n\n## 0.2.0 - 2027-01-31\n\n### Added\n\n- More.\n\n## 0.1.0" in changelog
    assert "## Unreleased\n\n## 0.2.0\n\nNothing to do by hand.\n\n## 0.1.0" in upgrading
    subprocess.run(["sha256sum", "--check", "checksums.txt"], cwd=repository / ARCHIVES, check=True)
    assert released_versions(repository) == ["0.1.0", "0.2.0"]
    for path in SHIPPED:
        assert git(repository, "diff", "--stat", "0.1.0", "0.2.0", "--", path) == ""


def test_a_second_release_follows_the_first(repository: Path) -> None:
    release(repository, "0.2.0", today=TODAY)
    assert list(reasons_against(repository, "0.3.0")) == [
        "CHANGELOG.md lists nothing under Unreleased: say what a user gets."
    ]
    replace(repository / CHANGELOG, "Unreleased\n", "Unreleased\n\n- Even more.\n")
    commit(repository, "Work")
    release(repository, "0.3.0rc1", today=TODAY)
    assert next_version(repository) == "0.3.0"


def test_an_archive_holds_what_the_commit_ships_in_the_same_bytes_each_time(
    repository: Path, tmp_path: Path
) -> None:
    write(repository / "template/app/left_behind.pyc", "by a tool")
    assert archive(repository) == archive(repository)
    release_folder = tmp_path / "unpacked"
    (repository / archive_of("0.1.1")).write_bytes(archive(repository))
    unpack_release("0.1.1", release_folder, root=repository)
    shipped = {path: text for path, text in FILES.items() if path.startswith(SHIPPED)}
    assert {p: t.decode() for p, t in tree(release_folder).items() if p in shipped} == shipped
    assert not (release_folder / "template/app/left_behind.pyc").exists()


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("next", "next is no version as PEP 440 has them"),
        ("v0.2.0", "write 0.2.0"),
        ("0.2", None),
        ("0.2.0rc1", None),
        ("0.2.0-rc1", "write 0.2.0rc1"),
        ("0.2.0.dev1", "write 0.2.0"),
        ("0.2.0+here", "0.2.0+here is no version to release"),
        ("0.0.9", "0.0.9 is not newer than 0.1.0"),
        ("0.1.0", "The tag 0.1.0 exists"),
        ("0.1.0", "tests/releases/0.1.0.tar.xz exists"),
    ],
)
def test_only_a_new_version_in_its_one_spelling_is_released(
    repository: Path, version: str, reason: str | None
) -> None:
    reasons = "\n".join(reasons_against(repository, version))
    assert reason in reasons if reason else reasons == ""


def test_a_tag_alone_is_a_release(repository: Path) -> None:
    git(repository, "tag", "0.5.0")
    (reason,) = reasons_against(repository, "0.4.0")
    assert reason == "0.4.0 is not newer than 0.5.0, the last release."


def test_whatever_is_wrong_is_said_at_once_and_nothing_is_done(repository: Path) -> None:
    write(repository / "new.txt", "not committed")
    git(repository, "checkout", "--quiet", "--detach")
    replace(repository / CHANGELOG, "- More.\n", "")
    replace(repository / UPGRADING, "## Unreleased\n", "")
    before = tree(repository)
    with pytest.raises(Refused) as refusal:
        release(repository, "0.1.0", today=TODAY)
    for words in (
        "changes that are not committed",
        "No branch is checked out",
        "The tag 0.1.0 exists",
        "not newer than 0.1.0",
        "CHANGELOG.md lists nothing",
        "UPGRADING.md has no heading `## Unreleased`",
    ):
        assert words in str(refusal.value)
    assert tree(repository) == before


# What is shipped, what is done to it, and how the refusal and the note call it.
BREACHES = [
    ("template/README.md.jinja", "", None, "path `README.md` was removed"),
    (
        "copier.yml",
        "_exclude:\n",
        '_exclude:\n  - "{% if not extra %}/README.md{% endif %}"\n',
        "path `README.md` is left out now with extra=False",
    ),
    (
        "copier.yml",
        '"{{ extra }}"',
        "false",
        "path `app/counted.py` is left out now with extra=True",
    ),
    ("copier.yml", "name:", "title:", "question `name` was removed"),
    (
        "copier.yml",
        "color: { type: str",
        "color: { type: json",
        "question `color` has another type",
    ),
    ("copier.yml", ", Blue: blue", "", "question `color` does not take 'blue' any more"),
    ("copier.yml", "default: My Service", "default: Yours", "question `name` has another default"),
    ("copier.yml", "extra: { ", "extra: { when: false, ", "question `extra` was removed"),
    (MIGRATION, '"5d0b7c3e91fa"', '"6d0b7c3e91fa"', "migration `5d0b7c3e91fa` was removed"),
    (MIGRATION, "| None = None", '| None = "1"', "migration `5d0b7c3e91fa` was changed"),
    (MIGRATION, '"things"', '"others"', "migration `5d0b7c3e91fa` was changed"),
    (SETTINGS, "    mail_port: int = 587\n", "", "setting `MAIL_PORT` was removed"),
    (SETTINGS, "mail_port: int", "mail_port: float", "setting `MAIL_PORT` has another type"),
    (SETTINGS, "587", "465", "setting `MAIL_PORT` has another default"),
    (
        SETTINGS,
        '("mail_host",)',
        '("mail_host", "mail_port")',
        "setting `MAIL_PORT` is newly required in production",
    ),
    (
        SETTINGS,
        "return []",
        'return ["X"]',
        "settings class `MailSettings` requires other settings",
    ),
    ("template/Makefile", "worker:", "work:", "make target `worker` was removed"),
    ("template/devtools/targets/extra.mk", "extra-load:", "load:", "make target `extra-load` was"),
]


@pytest.mark.parametrize(("path", "old", "new", "said"), BREACHES, ids=[b[3] for b in BREACHES])
def test_what_was_shipped_is_not_taken_away_without_a_note(
    repository: Path, path: str, old: str, new: str | None, said: str
) -> None:
    if new is None:
        (repository / path).unlink()
    else:
        replace(repository / path, old, new)
    commit(repository, "Break something")
    (reason,) = (r for r in reasons_against(repository, "0.2.0") if said in r)
    assert reason.startswith(f"Since 0.1.0, the {said}")
    name = said.split("`")[1]
    note = f"Unreleased\n\n- `{name}`: do something else.\n"
    replace(repository / UPGRADING, "Unreleased\n", note)
    commit(repository, "Say so")
    assert [r for r in reasons_against(repository, "0.2.0") if f"`{name}`" in r] == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (SETTINGS, "587\n", "5_87  # as before\n\n    mail_user: str\n"),
        (SETTINGS, '"""The port."""', '"""The port of the mail server."""'),
        (MIGRATION, '"""Create."""', '"""Create all of it."""'),
        ("copier.yml", "Blue: blue", "Sky blue: blue, Green: green"),
        ("copier.yml", "name:", "more: { type: bool, default: false }\nname:"),
        ("template/Makefile", "worker: up", "worker: down"),
    ],
)
def test_what_is_new_or_only_written_otherwise_needs_no_note(
    repository: Path, path: str, old: str, new: str
) -> None:
    replace(repository / path, old, new)
    commit(repository, "Work")
    assert list(reasons_against(repository, "0.2.0")) == []


@pytest.mark.parametrize(
    ("heading", "note", "enough"),
    [
        ("## Unreleased\n", "`app/extra/` is gone.", True),
        ("## Unreleased\n", "app/extra/module.py is gone.", False),
        ("## Unreleased\n", "`module.py` is gone.", False),
        ("## 0.1.0\n", "`app/extra/module.py` is gone.", False),
    ],
)
def test_a_note_names_the_thing_or_its_folder_in_a_newer_section(
    repository: Path, heading: str, note: str, *, enough: bool
) -> None:
    (repository / "template/app/extra/module.py").unlink()
    replace(repository / UPGRADING, heading, f"{heading}\n{note}\n")
    commit(repository, "Remove a path")
    assert (list(reasons_against(repository, "0.2.0")) == []) == enough


def test_a_new_module_may_require_settings_and_one_that_all_have_may_not(repository: Path) -> None:
    text = FILES[SETTINGS].replace("mail", "extra").replace("Mail", "Extra")
    write(repository / "template/app/extra/settings.py", text)
    assert unexplained_changes(repository) == []
    write(repository / "template/app/all/settings.py", text.replace("extra", "all"))
    ((_, change),) = unexplained_changes(repository)
    assert str(change) == "the setting `ALL_HOST` is newly required in production"


def test_a_transaction_that_git_refuses_changes_nothing(repository: Path) -> None:
    before, head = tree(repository), git(repository, "rev-parse", "HEAD")
    write(repository / ".git/refs/tags/0.2.0.lock", "")
    with pytest.raises(subprocess.CalledProcessError):
        release(repository, "0.2.0", today=TODAY)
    assert (tree(repository), git(repository, "rev-parse", "HEAD")) == (before, head)


def killed_at_every_step(repository: Path, folder: Path) -> Iterator[Path]:
    """Yield copies in which the release was killed at its first command of git, its second, …"""
    real_git = shutil.which("git")
    for step in count(1):
        copy = shutil.copytree(repository, folder / f"killed at {step}")
        wrapper = folder / f"bin {step}" / "git"
        write(
            wrapper,
            f'#!/bin/sh\necho >> "{folder}/calls {step}"\n'
            f'[ "$(wc -l < "{folder}/calls {step}")" -lt {step} ] || {{ kill -9 "$PPID"; exit; }}\n'
            f'exec "{real_git}" "$@"\n',
        )
        wrapper.chmod(0o755)
        code = (
            "from datetime import date; from pathlib import Path; import scripts.release as r;"
            f"r.release(Path({str(copy)!r}), '0.2.0', today=date(2027, 1, 31))"
        )
        path = f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PATH": path}, check=False
        )
        yield copy
        if done.returncode == 0:
            return


def test_a_release_that_is_killed_is_whole_or_has_not_happened(
    repository: Path, tmp_path: Path
) -> None:
    head = git(repository, "rev-parse", "main")
    complete = [
        check_whole_or_nothing(copy, head) for copy in killed_at_every_step(repository, tmp_path)
    ]
    assert complete == sorted(complete)
    assert complete.count(True) >= 2  # The last one was not killed; one was, after all was done.
    assert complete.count(False) >= 10


def check_whole_or_nothing(repository: Path, head: str) -> bool:
    """Return whether the release has happened; fails when only half of it has."""
    happened = git(repository, "rev-parse", "main") != head
    assert (git(repository, "tag", "--list", "0.2.0") != "") == happened
    if happened:
        git(repository, "reset", "--quiet", "--hard")
        assert "0.2.0" in released_versions(repository)
    else:
        assert changed(repository) == set()
        release(repository, "0.2.0", today=TODAY)
    assert git(repository, "log", "--format=%s", "-2", "main").endswith("Release 0.2.0\n")
    assert changed(repository) == set()
    return happened


# --- This repository ----------------------------------------------------------------------------


def test_nothing_that_was_ever_released_is_gone_without_a_note() -> None:
    missing = [f"Since {since}, {change}" for since, change in unexplained_changes(ROOT)]
    assert missing == [], "put it back, or tell users in UPGRADING.md what to do"


def test_the_archives_are_those_that_were_released() -> None:
    lines = (ROOT / CHECKSUMS).read_text("utf-8")
    archives = ((version, ROOT / archive_of(version)) for version in released_versions())
    assert "".join(checksum_line(version, path.read_bytes()) for version, path in archives) == lines


def test_every_release_has_its_notes_and_the_version_is_no_older() -> None:
    dated = (ROOT / CHANGELOG).read_text("utf-8")
    changelog, upgrading = sections(dated), sections((ROOT / UPGRADING).read_text("utf-8"))
    assert "Unreleased" in changelog
    assert "Unreleased" in upgrading
    for version in released_versions():
        assert has_entries(changelog[version])
        assert re.search(rf"^## {version} - 20\d\d-\d\d-\d\d$", dated, re.MULTILINE)
        assert upgrading[version]
        assert Version(version) <= Version(next_version(ROOT))


def test_the_present_template_can_be_released(template: Path, tmp_path: Path) -> None:
    repository = shutil.copytree(template, tmp_path / "repository")
    for path in (PROJECT, CHANGELOG, UPGRADING):
        shutil.copy(ROOT / path, repository)
    shutil.copytree(ROOT / ARCHIVES, repository / ARCHIVES)
    replace(repository / CHANGELOG, "## Unreleased\n", "## Unreleased\n\n- Something.\n")
    git(repository, "init", "--quiet")
    git(repository, "config", "user.name", "Somebody")
    git(repository, "config", "user.email", "somebody@example.com")
    commit(repository, "All of it")
    release(repository, "99.0.0", today=TODAY)
    unpack_release("99.0.0", tmp_path / "unpacked", root=repository)
    present = {p: t for p, t in tree(template).items() if not p.endswith((".pyc", "/"))}
    assert {p: t for p, t in tree(tmp_path / "unpacked").items() if not p.endswith("/")} == present


@pytest.mark.parametrize(
    "answers",
    [
        {"example": "none", **NOTHING_ON},
        *({"example": "none", **NOTHING_ON, toggle: True} for toggle in TOGGLES),
        {"example": "market_data", **EVERYTHING_ON},
    ],
    ids=str,
)
def test_the_paths_of_a_rendering_are_known_without_rendering_it(
    render: Render, template: Path, answers: dict[str, object]
) -> None:
    rendered = {path for path in tree(render(**answers)) if not path.endswith("/")}
    assert ShippedTemplate(template).paths(answers) == rendered


def test_the_command_refuses_in_words() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.release", "0.1.0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("0.1.0 is not released:\n  - ")
    assert "Traceback" not in done.stderr
