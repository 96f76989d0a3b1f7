"""Settings and attributes of git change nothing in the result."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError
from tests.faults import small_template
from tests.faults.conftest import Small, run_program, stopped_by
from tests.history import git

SETTINGS = {
    "status.showUntrackedFiles": "no",
    "status.relativePaths": "false",
    "diff.external": "false",
    "diff.noprefix": "true",
    "diff.ignoreSubmodules": "all",
    "diff.renames": "copies",
    "apply.whitespace": "fix",
    "merge.conflictStyle": "diff3",
    "merge.renames": "false",
    "core.quotePath": "false",
    "core.whitespace": "cr-at-eol,trailing-space",
    "core.safecrlf": "true",
    "core.hooksPath": "/bin",
    "grep.patternType": "perl",
    "grep.lineNumber": "true",
    "color.ui": "always",
    "commit.gpgSign": "true",
    "tag.gpgSign": "true",
    "index.version": "4",
    "core.untrackedCache": "true",
    "fetch.recurseSubmodules": "true",
    "init.defaultBranch": "trunk",
}
ATTRIBUTES = ["* binary", "* -diff", "* -text", "* merge=ours", "* text=auto eol=lf", "*.py diff=x"]


def edit(service: Small) -> None:
    """Edit beside a change, on the line of another one, and in a file that both have."""
    lines = service.read("app/core.py").splitlines(keepends=True)
    lines[10], lines[20] = "line_10 = 'mine'\n", "line_20 = 'mine'\n"
    service.write("app/core.py", "".join(lines))
    service.write("AGENTS.md", service.read("AGENTS.md") + "\nMine.\n")
    service.write("app/own.py", "mine = 1   \n\tx = 2\n")


def updated(service: Small) -> dict[str, object]:
    with pytest.raises(PlumblineError, match="In conflict"):
        service.update()
    return {path: content for path, content in service.state().items() if path != ".gitattributes"}


@pytest.fixture(scope="module")
def expected(generated: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> object:
    """The result without any setting."""
    folder = tmp_path_factory.mktemp("plain") / "service"
    service = Small(Path(shutil.copytree(generated(), folder)))
    edit(service)
    service.commit()
    return updated(service)


@pytest.mark.parametrize("place", ["global", "local"])
def test_settings_change_nothing(
    service: Small, own_settings: Path, expected: object, place: str
) -> None:
    edit(service)
    service.commit()
    for name, value in SETTINGS.items():
        where = ["--file", str(own_settings)] if place == "global" else ["--local"]
        service.git("config", *where, name, value)
    assert updated(service) == expected


@pytest.mark.parametrize("attributes", ATTRIBUTES)
def test_attributes_change_nothing(service: Small, expected: object, attributes: str) -> None:
    edit(service)
    service.write(".gitattributes", f"{attributes}\n")
    service.commit()
    assert updated(service) == expected


def test_attributes_of_the_user_change_nothing(
    service: Small, own_settings: Path, expected: object
) -> None:
    attributes = own_settings.with_name("attributes")
    attributes.write_text("* binary merge=ours\n")
    service.git("config", "--file", str(own_settings), "core.attributesFile", str(attributes))
    edit(service)
    service.commit()
    assert updated(service) == expected


def test_a_filter_is_applied_to_the_working_tree_alone(service: Small) -> None:
    service.git("config", "filter.mark.clean", "sed 's/^> //'")
    service.git("config", "filter.mark.smudge", "sed 's/^/> /'")
    service.write(".gitattributes", "AGENTS.md filter=mark\n")
    service.commit()
    service.git("checkout", "--quiet", "HEAD", "--", ".")
    service.update()
    assert service.read("AGENTS.md") == "> Read that.\n> \n> And this.\n"
    assert service.git("show", ":AGENTS.md") == "Read that.\n\nAnd this.\n"
    assert service.git("diff", "--name-only") == ""


def test_untracked_files_are_found_whatever_git_shows(service: Small) -> None:
    service.git("config", "status.showUntrackedFiles", "no")
    service.write("app/new.py", "mine\n")
    with pytest.raises(PlumblineError, match=r"Commit or stash these first:\n  app/new.py$"):
        service.update()
    assert service.read("app/new.py") == "mine\n"


@pytest.mark.parametrize(
    "hook", ["pre-commit", "post-index-change", "post-checkout", "reference-transaction"]
)
def test_hooks_are_not_run(service: Small, hook: str) -> None:
    path = service.folder / ".git/hooks" / hook
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    service.update()
    assert service.version == "2.0"


@pytest.mark.parametrize("language", ["de_DE.UTF-8", "C", "tr_TR.UTF-8"])
def test_the_language_changes_nothing(service: Small, language: str) -> None:
    edit(service)
    service.commit()
    done = run_program(service, LC_ALL=language, LANG=language, LANGUAGE="de")
    assert done.returncode == 1, done.stderr
    assert "In conflict:\n  app/core.py" in done.stderr


def test_an_update_needs_no_name_in_git(service: Small, own_settings: Path) -> None:
    own_settings.write_text("[user]\nuseConfigOnly = true\n")
    service.update()
    assert service.version == "2.0"


def test_an_edit_that_git_calls_binary_is_merged(service: Small) -> None:
    service.write(".gitattributes", "*.py binary\n")
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_30 = 30", "line_30 = 'mine'"))
    service.commit()
    service.update()
    assert "line_30 = 'mine'\n" in service.read("app/core.py")
    assert "line_3 = 'new'\n" in service.read("app/core.py")


def test_a_binary_file_of_the_user_stays(service: Small) -> None:
    (service.folder / "app/core.py").write_bytes(b"line_1 = 1\0\n")
    service.commit()
    with stopped_by("app/core.py"):
        service.update()
    assert (service.folder / "app/core.py").read_bytes() == b"line_1 = 1\0\n"
    assert "line_3 = 'new'" in service.read("app/core.py.from-template")


@pytest.mark.parametrize("attributes", ["* text eol=crlf", "* working-tree-encoding=UTF-16"])
@pytest.mark.parametrize("place", ["setting", "usual place", "folder for new repositories"])
def test_attributes_of_the_user_leave_the_template_as_it_is(
    service: Small,
    own_settings: Path,
    expected: object,
    monkeypatch: pytest.MonkeyPatch,
    attributes: str,
    place: str,
) -> None:
    edit(service)
    service.commit()
    folder = own_settings.parent / "settings"
    for path in ("git/attributes", "new/info/attributes"):
        small_template.write(folder, path, f"{attributes}\n")
    match place:
        case "setting":
            service.git("config", "--global", "core.attributesFile", str(folder / "git/attributes"))
            service.write(".git/info/attributes", "* -text -working-tree-encoding\n")
        case "usual place":
            monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
            service.write(".git/info/attributes", "* -text -working-tree-encoding\n")
        case _:
            service.git("config", "--global", "init.templateDir", str(folder / "new"))
    assert updated(service) == expected


def test_a_link_of_the_template_stays_one_in_trees(
    service: Small, release: Callable[..., None], template: Small, own_settings: Path
) -> None:
    template.write("copier.yml", template.read("copier.yml") + "_preserve_symlinks: true\n")
    (template.folder / "template/link").symlink_to("AGENTS.md")
    release("3.0", {})
    service.git("config", "--file", str(own_settings), "core.symlinks", "false")
    service.update()
    assert service.git("ls-files", "--stage", "link").startswith("120000")
    assert service.git("show", ":link") == "AGENTS.md"


def test_a_monitor_of_files_that_sees_nothing_hides_no_edit(service: Small) -> None:
    small_template.write(service.folder, ".git/monitor", "#!/bin/sh\nprintf 'token\\0'\n")
    (service.folder / ".git/monitor").chmod(0o755)
    service.git("config", "core.fsmonitor", str(service.folder / ".git/monitor"))
    os.utime(
        service.folder / "AGENTS.md", (0, 0)
    )  # Git trusts no file that is as new as its index.
    service.git("update-index", "--fsmonitor")
    service.git("status")
    service.git("status")
    service.write("AGENTS.md", "mine, not committed\n")
    assert service.git("status", "--porcelain") == ""
    with pytest.raises(PlumblineError, match=r"Commit or stash these first:\n  AGENTS.md$"):
        service.update()
    assert service.read("AGENTS.md") == "mine, not committed\n"


@pytest.mark.parametrize(
    "setting",
    ["core.autocrlf=true", "core.autocrlf=input", "core.eol=crlf", "core.ignoreCase=true"],
)
def test_a_strict_check_of_line_endings_stops_nothing(
    service: Small, expected: object, setting: str
) -> None:
    edit(service)
    service.commit()
    name, value = setting.split("=")
    service.git("config", "core.safecrlf", "true")
    service.git("config", name, value)
    mine = updated(service)
    assert isinstance(expected, dict)
    assert without_cr(mine) == without_cr(expected)


def without_cr(state: dict[str, object]) -> dict[str, object]:
    return {
        path: (file[0].replace(b"\r", b""), file[1]) if isinstance(file, tuple) else file
        for path, file in state.items()
    }


@pytest.mark.parametrize(
    "name",
    ["GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_LITERAL_PATHSPECS"],
)
def test_variables_of_git_change_nothing(
    service: Small, expected: object, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    edit(service)
    service.commit()
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_COMMON_DIR", "/nowhere")
    monkeypatch.setenv("GIT_NAMESPACE", "x")
    monkeypatch.setenv("GIT_TEMPLATE_DIR", "/nowhere")
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", "/nowhere")
    monkeypatch.setattr(Small, "git", None)
    assert updated(service) == expected


def test_settings_of_the_log_hide_no_answer_edited_by_hand(service: Small) -> None:
    for setting in ("log.showSignature", "log.decorate", "log.follow"):
        service.git("config", setting, "true")
    service.git("config", "gpg.program", "/bin/false")
    answers = service.read(".copier-answers.yml")
    service.write(".copier-answers.yml", answers.replace("name: service", "name: other"))
    service.commit()
    with pytest.raises(PlumblineError, match="make answer name="):
        service.update()


def test_full_names_in_a_search_are_those_of_the_service(service: Small, tmp_path: Path) -> None:
    whole = Small(tmp_path / "whole")
    shutil.copytree(service.folder, whole.folder / "api", ignore=shutil.ignore_patterns(".git"))
    git(whole.folder, "init", "--quiet")
    whole.git("config", "grep.fullName", "true")
    whole.git("config", "grep.column", "true")
    whole.write("api/AGENTS.md", "<<<<<<< a\n=======\n>>>>>>> b\n")
    whole.commit()
    api = Small(whole.folder / "api")
    with pytest.raises(PlumblineError, match=r"commit:\n  AGENTS\.md\n"):
        api.update()
    api.write(".gitattributes", "AGENTS.md conflict-marker-size=32\n")
    api.commit()
    with stopped_by("AGENTS.md"):
        api.update()
