"""Refusals and their reasons: each names what to do, and nothing is changed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.__main__ import main
from plumbline.errors import PlumblineError
from plumbline.updating import preflight
from plumbline.updating.git import Repository
from scripts.rendering import ROOT, service_environment
from tests.faults import small_template
from tests.faults.conftest import Small
from tests.history import git


def begin(service: Small, *operation: str) -> None:
    """Begin an operation of git that stops at a conflict, and make the working tree clean."""
    service.git("switch", "--quiet", "--create", "other")
    service.write("README.md", "theirs\n")
    service.commit()
    service.git("switch", "--quiet", "-")
    service.write("README.md", "ours\n")
    service.commit()
    with pytest.raises(Exception, match=operation[0]):
        service.git(*operation)
    service.git("checkout", "--force", "HEAD", "--", ".")


def merge(service: Small) -> str:
    begin(service, "merge", "other")
    return "`git merge` is in progress. Finish it, or run `git merge --abort`."


def rebase(service: Small) -> str:
    begin(service, "rebase", "other")
    return "`git rebase` is in progress. Finish it, or run `git rebase --abort`."


def pick(service: Small) -> str:
    begin(service, "cherry-pick", "other")
    return "`git cherry-pick` is in progress. Finish it, or run `git cherry-pick --abort`."


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


def test_a_folder_that_is_missing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["update", "--folder", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err


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


def apply_mail(service: Small) -> str:
    begin_mail(service)
    return "`git am` is in progress. Finish it, or run `git am --abort`."


def begin_mail(service: Small) -> None:
    service.write("README.md", "theirs\n")
    service.commit()
    patch = service.git("format-patch", "-1", "--stdout")
    service.git("reset", "--quiet", "--hard", "HEAD~")
    service.write("README.md", "ours\n")
    service.commit()
    service.write("../patch", patch)
    with pytest.raises(subprocess.CalledProcessError):
        service.git("am", "../patch")


def pick_several(service: Small) -> str:
    service.git("switch", "--quiet", "--create", "other")
    for content in ("one\n", "two\n"):
        service.write("README.md", content)
        service.commit()
    service.git("switch", "--quiet", "-")
    service.write("README.md", "ours\n")
    service.commit()
    with pytest.raises(subprocess.CalledProcessError):
        service.git("cherry-pick", "other~", "other")
    service.git("checkout", "--force", "HEAD", "--", ".")
    service.git("commit", "--quiet", "--allow-empty", "--message", "The first one by hand")
    return "`git cherry-pick` is in progress. Finish it, or run `git cherry-pick --abort`."


def revert_several(service: Small) -> str:
    for content in ("one\n", "two\n", "three\n"):
        service.write("README.md", content)
        service.commit()
    with pytest.raises(subprocess.CalledProcessError):
        service.git("revert", "--no-edit", "HEAD~2", "HEAD~")
    service.git("checkout", "--force", "HEAD", "--", ".")
    return "`git revert` is in progress. Finish it, or run `git revert --abort`."


def revert_by_hand(service: Small) -> str:
    reason = revert_several(service)
    service.git("commit", "--quiet", "--allow-empty", "--message", "The first one by hand")
    return reason


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


@pytest.mark.parametrize("command", ["update", "check"])
@pytest.mark.parametrize("inside", [False, True])
def test_a_bare_repository_has_no_files_to_update(
    service: Small,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    *,
    inside: bool,
) -> None:
    if inside:
        folder = service.folder / ".git"
    else:
        folder = tmp_path / "bare"
        git(service.folder, "clone", "--quiet", "--bare", ".", str(folder))
    assert main([command, "--folder", str(folder)]) == 2
    said = "This folder has no files of a service" if command == "update" else "There is no "
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "a: [", "- x\n", "_commit: 1\n", b"\xff\xfe\0"])
def test_a_check_without_answers_has_a_reason(
    service: Small, capsys: pytest.CaptureFixture[str], content: str | bytes | None
) -> None:
    path = service.folder / ".copier-answers.yml"
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["check", "--folder", str(service.folder)]) == 2
    shown = capsys.readouterr()
    assert shown.out == "update-due=unknown\n"
    assert ".copier-answers.yml" in shown.err


def test_an_error_of_the_system_has_no_traceback(
    service: Small, capsys: pytest.CaptureFixture[str]
) -> None:
    service.write(".data", "a file\n")
    before = service.state()
    assert main(["update", "--folder", str(service.folder)]) == 2
    assert ".data" in capsys.readouterr().err
    assert service.state() == before
    (service.folder / ".data").unlink()
    service.update()
    assert service.version == "2.0"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_name_can_be_printed(service: Small, encoding: str) -> None:
    name = os.fsdecode(b"\xff \xc3\xbc.md")
    service.git("mv", "AGENTS.md", name)
    service.write("app/core.py", service.read("app/core.py") + "möglich = '→'\n")
    (service.folder / "app/old.py").write_text("OLD = '→'\n", "utf-8")
    service.commit()
    for command in ("preview", "update"):
        done = subprocess.run(
            [sys.executable, "-m", "plumbline", command],
            cwd=service.folder,
            env={**service_environment(), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert b"you have moved it to `" in done.stdout
    assert service.version == "2.0"


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
