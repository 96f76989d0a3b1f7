"""Refusals and their reasons: each names what to do, and nothing is changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.__main__ import main
from plumbline.errors import PlumblineError
from plumbline.updating import preflight
from plumbline.updating.git import Repository
from tests.faults import small_template
from tests.faults.conftest import Small
from tests.faults.operations import (
    apply_mail,
    merge,
    pick,
    pick_several,
    rebase,
    revert_by_hand,
    revert_several,
)
from tests.history import git


def change_a_file(service: Small) -> str:
    service.write("AGENTS.md", "mine\n")
    service.write("app/mine.py", "mine\n")
    return "Commit or stash these first:\n  AGENTS.md\n  app/mine.py"


def leave_markers(service: Small) -> str:
    service.write("AGENTS.md", "<<<<<<< a\n=======\n>>>>>>> b\n")
    service.write(".gitattributes", "*.md binary\n")
    service.commit()
    return "Conflict markers are committed in these. Resolve them and commit:\n  AGENTS.md"


def break_answers(service: Small) -> str:
    service.write(".copier-answers.yml", "a: [\n")
    service.commit()
    return ".copier-answers.yml is not valid YAML"


def empty_answers(service: Small) -> str:
    service.write(".copier-answers.yml", "")
    service.commit()
    return ".copier-answers.yml has no answers"


def remove_answers(service: Small) -> str:
    service.git("rm", "--quiet", ".copier-answers.yml")
    service.commit()
    return ".copier-answers.yml is not committed. Commit the whole service first."


def relative_address(service: Small) -> str:
    edit_answer(service, "_src_path", "../template")
    return "`_src_path: ../template` in .copier-answers.yml is a relative path"


def unreachable_address(service: Small) -> str:
    edit_answer(service, "_src_path", "/nowhere/template")
    return "The template at /nowhere/template cannot be reached"


def no_version(service: Small) -> str:
    edit_answer(service, "_commit", "''")
    return ".copier-answers.yml has no version in `_commit`"


def unknown_version(service: Small) -> str:
    edit_answer(service, "_commit", "0.7")
    return "The template has no version 0.7, which this service has."


def unaccepted_answer(service: Small) -> str:
    edit_answer(service, "search", "perhaps")
    return "Restore `search: false`, commit, and run `make switch on=search`."


def no_commit(service: Small) -> str:
    shutil.rmtree(service.folder / ".git")
    git(service.folder, "init", "--quiet")
    return ".copier-answers.yml is not committed. Commit the whole service first."


def no_repository(service: Small) -> str:
    shutil.rmtree(service.folder / ".git")
    return "This folder is not in git. Run `git init`, and commit everything."


def edit_answer(service: Small, name: str, value: str) -> None:
    lines = service.read(".copier-answers.yml").splitlines()
    changed = [f"{name}: {value}" if line.startswith(f"{name}:") else line for line in lines]
    service.write(".copier-answers.yml", "\n".join(changed) + "\n")
    service.commit()


@pytest.mark.parametrize(
    "arrange",
    [
        merge,
        rebase,
        pick,
        change_a_file,
        leave_markers,
        break_answers,
        empty_answers,
        remove_answers,
        relative_address,
        unreachable_address,
        no_version,
        unknown_version,
        unaccepted_answer,
        no_commit,
        no_repository,
    ],
)
@pytest.mark.parametrize("command", ["update", "preview"])
def test_a_refusal_has_a_reason_and_changes_nothing(
    service: Small,
    arrange: Callable[[Small], str],
    command: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reason, before = arrange(service), service.state()
    assert main([command, "--folder", str(service.folder)]) == 2
    assert reason in capsys.readouterr().err
    assert service.state() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another account")
def test_a_folder_of_another_account_has_the_reason_of_git(
    service: Small, own_settings: Path
) -> None:
    for path in (service.folder, *service.folder.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    with pytest.raises(PlumblineError, match=r"git config --global --add safe\.directory"):
        main_update(service)
    git(
        service.folder,
        *("config", "--file", str(own_settings), "--add", "safe.directory"),
        str(service.folder),
    )
    main_update(service)
    assert service.version == "2.0"


def main_update(service: Small) -> None:
    preflight.check_repository(Repository(service.folder))
    service.update()


def test_paths_are_relative_to_the_service(service: Small, tmp_path: Path) -> None:
    api = Small(tmp_path / "whole/services/api")
    shutil.copytree(service.folder, api.folder)
    shutil.rmtree(api.folder / ".git")
    git(tmp_path / "whole", "init", "--quiet")
    api.commit()
    api.write("AGENTS.md", "mine\n")
    with pytest.raises(PlumblineError, match=r"these first:\n  AGENTS\.md$"):
        api.update()
    api.git("checkout", "--quiet", "AGENTS.md")
    api.write("../other/file", "work of a colleague, not committed\n")
    lines = api.read("app/core.py")
    api.write("app/core.py", lines.replace("line_3 = 3", "line_3 = 'mine'"))
    api.git("commit", "--quiet", "--message", "Mine", "app/core.py")
    with pytest.raises(PlumblineError, match=r"In conflict:\n  app/core\.py\n"):
        api.update()
    assert api.git("diff", "--name-only", "--diff-filter=U") == "services/api/app/core.py\n"


def test_a_lock_that_a_command_has_made_is_no_matter(service: Small) -> None:
    service.write("uv.lock", "locked\n")
    service.update()
    assert service.read("uv.lock") == "locked\n"


def test_a_template_at_a_file_url_is_used(service: Small, small: Path) -> None:
    edit_answer(service, "_src_path", f"file://{small}")
    service.update()
    assert service.version == "2.0"
    assert f"_src_path: file://{small}" in service.read(".copier-answers.yml")


def test_a_detached_head_is_updated(service: Small) -> None:
    service.git("switch", "--quiet", "--detach")
    service.update()
    assert service.version == "2.0"


@pytest.mark.parametrize(
    ("to", "reason"),
    [("9.0", r"no version 9\.0\. Its newest: 2\.0, 1\.0\."), ("1.0", r"1\.0 is older than 2\.0")],
)
def test_a_version_that_cannot_be_is_refused(service: Small, to: str, reason: str) -> None:
    service.update()
    service.commit()
    with pytest.raises(PlumblineError, match=reason):
        service.updater().update(to=to)


def test_an_older_template_leaves_the_service_as_it_is(
    service: Small, small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service.update()
    older = Path(shutil.copytree(small, tmp_path / "older"))
    edit_answer(service, "_src_path", str(older))
    git(older, "tag", "1.5", "1.0")
    git(older, "tag", "3.0rc1", "1.0")
    service.update()
    assert "Nothing to update" in capsys.readouterr().out


def test_an_answer_that_a_release_no_longer_accepts_is_named(
    service: Small, small: Path, tmp_path: Path
) -> None:
    template = Path(shutil.copytree(small, tmp_path / "template"))
    questions = (template / "copier.yml").read_text()
    strict = 'name: {type: str, default: s, validator: "{% if name|length > 3 %}long{% endif %}"}'
    old = "name: {type: str, default: service}"
    small_template.write(template, "copier.yml", questions.replace(old, strict))
    small_template.tag(template, "3.0")
    edit_answer(service, "_src_path", str(template))
    before = service.state()
    with pytest.raises(PlumblineError, match=r"3\.0 does not accept the answer `name: service`"):
        service.update()
    assert service.state() == before


@pytest.mark.parametrize(
    "arrange", [merge, rebase, pick, apply_mail, pick_several, revert_several, revert_by_hand]
)
def test_the_command_against_an_operation_in_progress_works(
    service: Small, arrange: Callable[[Small], str], capsys: pytest.CaptureFixture[str]
) -> None:
    reason = arrange(service)
    assert main(["preview", "--folder", str(service.folder)]) == 2
    assert reason in capsys.readouterr().err
    service.git(*reason.split("run `git ")[1].split("`")[0].split())
    assert main(["preview", "--folder", str(service.folder)]) in {0, 1}


def test_an_answer_to_a_question_that_is_gone_leaves(
    service: Small, template: Small, release: Callable[..., None]
) -> None:
    template.write(
        "copier.yml", template.read("copier.yml").replace("name: {type: str, default: service}", "")
    )
    release("3.0", {"README.md.jinja": "# A service\n\nText.\n\nMore.\n"})
    service.update()
    assert "name:" not in service.read(".copier-answers.yml")


def test_a_new_question_without_a_default_is_named_with_a_remedy(
    service: Small, template: Small, release: Callable[..., None]
) -> None:
    template.write("copier.yml", template.read("copier.yml") + "size: {type: int}\n")
    release("3.0", {"README.md.jinja": "# {{ name }} {{ size }}\n"})
    before = service.state()
    with pytest.raises(PlumblineError, match="size"):
        service.update()
    assert service.state() == before
