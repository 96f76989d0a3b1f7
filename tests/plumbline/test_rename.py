"""`plumbline rename` brings a service's own code to the names of a newer release."""

import os
from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest

from plumbline.__main__ import main
from plumbline.renames import Renames
from plumbline.renaming import Skipped, rename
from scripts.rendering import ROOT
from tests.history import git
from tests.rewriting import write
from tests.updating import changed, commit

RENAMES = Renames.load()
FEATURE = PurePosixPath("app/features/notes/service.py")
OLD = "from app.core.envelope import Answer\n\nx: Answer[int]\n"
NEW = "from app.core.api import DataResponse\n\nx: DataResponse[int]\n"


def renamed(text: str, path: PurePosixPath = FEATURE) -> str:
    """Return the renamed text of a file; fails where a second run would change it again."""
    once = rename(dedent(text), RENAMES, path=path)
    assert rename(once, RENAMES, path=path) == once
    return once


def becomes(text: str, expected: str, path: PurePosixPath = FEATURE) -> None:
    assert renamed(text, path) == dedent(expected)


def test_imports_of_modules_that_moved_into_a_package_are_merged_and_sorted() -> None:
    becomes(
        """\
        from app.core.envelope import Answer, Envelope
        from app.core.errors import NotFound
        from app.core.pagination import ListQuery, paginate
        from app.core.rate_limit import RateLimit
        from app.core.schemas import Output
        from tests.conftest import ClientOf
        """,
        """\
        from app.core.api import DataResponse, Envelope, ListQuery, ResponseModel, paginate
        from app.core.errors import NotFound
        from app.core.guards import RateLimit
        from tests.conftest import ClientFor
        """,
    )


def test_code_of_the_core_imports_from_modules() -> None:
    becomes(
        "from app.core.envelope import Answer\n",
        "from app.core.api.envelope import DataResponse\n",
        PurePosixPath("app/core/mine.py"),
    )


def test_a_module_keeps_its_path_for_names_that_its_package_does_not_export() -> None:
    becomes(
        "from app.core.pagination import Page, SECRET\n",
        """\
        from app.core.api import Page
        from app.core.api.pagination import SECRET
        """,
    )


def test_comments_of_an_import_are_kept() -> None:
    becomes(
        """\
        from app.core.envelope import (
            Answer,  # the usual one (of two)
            # About the envelope.
            Envelope,
            # At the end.
        )
        from app.core.pagination import Page
        from app.core.schemas import Output  # noqa: F401
        """,
        """\
        from app.core.api import (
            DataResponse,  # the usual one (of two)
            # About the envelope.
            # At the end.
            Envelope,
            Page,
        )
        from app.core.api import ResponseModel  # noqa: F401
        """,
    )


def test_a_comment_behind_the_opening_parenthesis_stays_there() -> None:
    becomes(
        """\
        from app.core.http_client import (  # noqa: F401
            HttpClient,
        )
        """,
        "from app.core.http import HttpClient  # noqa: F401\n",
    )


def test_aliases_are_kept() -> None:
    becomes(
        """\
        from app.core.envelope import Answer as Reply
        from app.core.schemas import email_key as key

        def reply(text: str) -> Reply[str]:
            return Reply(key(text))
        """,
        """\
        from app.core.api import DataResponse as Reply, normalized_email as key

        def reply(text: str) -> Reply[str]:
            return Reply(key(text))
        """,
    )


def test_long_imports_are_broken_into_lines() -> None:
    names = "Answer, Envelope, ErrorEnvelope, WithLocation, WithEtag, Answer as A, PageEnvelope"
    wrapped = renamed(f"from app.core.envelope import {names}, Something, Different\n")
    assert wrapped.startswith("from app.core.api import ")
    assert "from app.core.api.envelope import (\n" not in wrapped
    assert max(map(len, wrapped.splitlines())) <= 100
    many = ", ".join(f"Something{number}" for number in range(12))
    broken = renamed(f"from app.core.envelope import {many}\n")
    assert broken.startswith("from app.core.api.envelope import (\n    Something0,\n")


def test_imports_over_several_lines_and_with_backslashes_are_read() -> None:
    becomes(
        "from app.core.envelope import Answer, \\\n    Envelope\n",
        "from app.core.api import DataResponse, Envelope\n",
    )
    becomes(
        """\
        if TYPE_CHECKING:
            from app.core.envelope import (
                Answer, Envelope,
            )
        """,
        """\
        if TYPE_CHECKING:
            from app.core.api import DataResponse, Envelope
        """,
    )


def test_modules_that_are_imported_whole_keep_their_local_name() -> None:
    becomes(
        """\
        import app.core.purge
        from app.core import database, envelope
        from app.core import pagination as pages

        app.core.purge.main()
        x = envelope.Answer(1), envelope.Envelope, (envelope
            .Answer), database.Session, pages.cut_page
        """,
        """\
        import app.commands.purge
        from app.core.api import envelope, pagination as pages
        from app.core.db import session as database

        app.commands.purge.main()
        x = envelope.DataResponse(1), envelope.Envelope, (envelope
            .DataResponse), database.Session, pages.build_page
        """,
    )


def test_ordinary_words_are_renamed_only_where_they_are_imported() -> None:
    becomes(
        '''\
        """An Answer, as `Answer(1)` makes it."""

        from app.core.envelope import Answer
        from app.core.schemas import Input

        class NoteInput(Input):
            """Input of notes: no Answer."""

        async def answer(note: Input, x: Answer[int] = None) -> "Answer[int]":
            reply = Answer(1)
            note.Input(Answer=Answer, Input=2)
            return {"Input": reply}
        ''',
        '''\
        """An Answer, as `DataResponse(1)` makes it."""

        from app.core.api import DataResponse, RequestModel

        class NoteInput(RequestModel):
            """Input of notes: no Answer."""

        async def answer(note: RequestModel, x: DataResponse[int] = None) -> "DataResponse[int]":
            reply = DataResponse(1)
            note.Input(Answer=DataResponse, Input=2)
            return {"Input": reply}
        ''',
    )


def test_own_names_that_are_ordinary_words_are_left_alone() -> None:
    text = """\
    from app.features.notes.schemas import Answer, Input

    class Output(Input):
        reply: Answer
    """
    becomes(text, text)


def test_a_name_that_the_file_also_assigns_keeps_its_local_name() -> None:
    becomes(
        """\
        from app.core.jobs.queue import bury

        async def end(bury: bool) -> bool:
            return bury
        """,
        """\
        from app.core.jobs.queue import mark_dead as bury

        async def end(bury: bool) -> bool:
            return bury
        """,
    )


def test_names_behind_characters_of_several_bytes_are_found() -> None:
    becomes(
        "from app.core.schemas import Input\n\nx = 'Zürich 漢字', Input\n",
        "from app.core.api import RequestModel\n\nx = 'Zürich 漢字', RequestModel\n",
    )


def test_error_codes_log_events_and_dotted_paths_are_renamed_in_strings() -> None:
    becomes(
        """\
        assert problem.json()["error"]["code"] == "not_signed_in"
        monkeypatch.setattr("app.core.envelope.Answer", "app.core.database.Session")
        # See app/core/batch.py and tests/core/test_batch.py.
        """,
        """\
        assert problem.json()["error"]["code"] == "not_authenticated"
        monkeypatch.setattr("app.core.api.envelope.DataResponse", "app.core.db.session.Session")
        # See app/core/api/batch.py and tests/core/api/test_batch.py.
        """,
    )


def test_a_module_gets_one_router() -> None:
    becomes(
        """\
        from app.core.module import Module
        from app.features.notes.router import router

        module = Module(name="notes", routers=(router,), is_needed=False)
        """,
        """\
        from app.core.module import Module
        from app.features.notes.router import router

        module = Module(name="notes", router=router, required=False)
        """,
    )
    becomes(
        """\
        from app.core.module import Module
        from app.features.notes import router

        module = Module(
            name="notes",
            routers=(router.notes, router.tags),
        )
        """,
        """\
        from app.core.api import Router
        from app.core.module import Module
        from app.features.notes import router

        routes = Router()
        for part in (router.notes, router.tags):
            routes.include_router(part)

        module = Module(
            name="notes",
            router=routes,
        )
        """,
    )


def test_what_a_service_has_open_is_looked_up_in_the_registry() -> None:
    becomes(
        """\
        from app.core.configuration import settings_of
        from app.core.rate_limit import LOCAL_COUNTERS

        def x(request):
            LOCAL_COUNTERS.clear()
            return settings_of(request.app, NoteSettings).notes
        """,
        """\
        from app.core.guards.rate_limit import clear_rate_limits
        from app.core.services import get

        def x(request):
            clear_rate_limits()
            return get(NoteSettings).notes
        """,
    )


def test_keyword_arguments_are_renamed_in_the_calls_that_have_them() -> None:
    becomes(
        """\
        from app.core import pagination
        from app.core.pagination import cut_page

        pages = cut_page(rows, purpose="ü"), pagination.cut_page(purpose=1), other(purpose=1)
        """,
        """\
        from app.core.api import build_page, pagination

        pages = build_page(rows, salt="ü"), pagination.build_page(salt=1), other(purpose=1)
        """,
    )


def test_code_in_markdown_is_renamed() -> None:
    becomes(
        """\
        An Answer is returned as `Answer(note)`:

        ```python
        from app.core.envelope import Answer
        from app.core.schemas import Input
        ```
        """,
        """\
        An Answer is returned as `DataResponse(note)`:

        ```python
        from app.core.api import DataResponse, RequestModel
        ```
        """,
        PurePosixPath("docs/notes.md"),
    )


def test_imports_that_have_nothing_to_rename_stay_as_they_are_written() -> None:
    text = """\
    from app.features.notes import service
    from app.accounts.models import (
        User,
    )
    from app.accounts.models import Role
    from app.core.errors import NotFound, Conflict
    """
    becomes(text, text)


def test_a_file_that_is_not_python_any_more_is_skipped() -> None:
    with pytest.raises(Skipped, match="not valid Python"):
        rename("<<<<<<< before updating\n", RENAMES, path=FEATURE)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A committed folder with code of 0.1.0, and files that no rename may touch."""
    folder = tmp_path / "my service"
    write(folder / "app/features/notes/service.py", OLD)
    write(folder / "README.md", "Ask for `not_signed_in`.\n")
    write(folder / "migrations/versions/notes/one.py", "x = 'quota_reached'\n")
    write(folder / ".copier-answers.yml", "project_name: GiveUp\n")
    write(folder / ".gitignore", "/ignored.py\n")
    write(folder / "ignored.py", OLD)
    git(tmp_path, "init", "--quiet", str(folder))
    commit(folder, "All")
    return folder


def test_the_command_renames_in_a_service_once(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(service)]) == 0
    printed = capsys.readouterr().out
    assert changed(service) == {"README.md", "app/features/notes/service.py"}
    assert "Renamed in app/features/notes/service.py\n" in printed
    assert "then run `make format`" in printed
    assert (service / "app/features/notes/service.py").read_text("utf-8") == NEW
    commit(service, "Rename")
    assert main(["rename", str(service)]) == 0
    assert capsys.readouterr().out == "Nothing to rename.\n"
    assert changed(service) == set()


def test_a_check_changes_nothing_and_fails_while_there_is_something_to_rename(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(service), "--check"]) == 1
    assert "Would rename in README.md\n" in capsys.readouterr().out
    assert changed(service) == set()
    main(["rename", str(service)])
    assert main(["rename", str(service), "--check"]) == 0


def test_changes_that_are_not_staged_are_refused_and_staged_ones_are_not(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(service / "Ümläut.py", OLD)
    assert main(["rename", str(service)]) == 2
    refused = capsys.readouterr().err
    assert "not staged:\n  Ümläut.py\nCommit them, or run `git add --all`" in refused
    assert (service / "Ümläut.py").read_text("utf-8") == OLD
    git(service, "add", "--all")
    assert main(["rename", str(service)]) == 0
    assert (service / "Ümläut.py").read_text("utf-8") == NEW
    git(service, "restore", ".")
    assert (service / "Ümläut.py").read_text("utf-8") == OLD


def test_a_folder_without_git_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(tmp_path)]) == 2
    assert "is not in a git repository" in capsys.readouterr().err
    assert main(["rename", str(tmp_path / "nowhere")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_files_that_are_no_plain_text_are_skipped_and_named(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / "latin.py").write_bytes(b"# Gr\xfc\xdfe\n" + OLD.encode())
    (service / "mixed.py").write_bytes(b"# mixed\r\n" + OLD.encode())
    (service / "broken.py").write_text(f"{OLD}def\n", "utf-8")
    (service / "link.py").symlink_to("app/features/notes/service.py")
    commit(service, "More")
    before = {path: path.read_bytes() for path in service.glob("[bm]*.py")}
    assert main(["rename", str(service)]) == 0
    printed = capsys.readouterr().out
    assert "Skipped latin.py: not in UTF-8.\n" in printed
    assert "Skipped mixed.py: its line endings are mixed.\n" in printed
    assert "Skipped broken.py: not valid Python: " in printed
    assert "Skipped link.py: a symbolic link.\n" in printed
    assert {path: path.read_bytes() for path in before} == before
    assert (service / "link.py").is_symlink()


def test_line_endings_modes_and_a_missing_last_newline_are_kept(service: Path) -> None:
    windows = service / "windows.py"
    windows.write_bytes(OLD.replace("\n", "\r\n").encode().removesuffix(b"\r\n"))
    windows.chmod(0o755)
    git(service, "config", "core.autocrlf", "false")
    commit(service, "More")
    assert main(["rename", str(service)]) == 0
    assert windows.read_bytes() == NEW.replace("\n", "\r\n").encode().removesuffix(b"\r\n")
    assert os.access(windows, os.X_OK)


def test_every_name_of_the_table_is_in_the_template_and_no_old_one_is() -> None:
    """A module that the table leads to exists; one that it leads from does not."""
    template = ROOT / "template"
    for before, now in RENAMES.modules.items():
        assert (template / f"{now.replace('.', '/')}.py").is_file(), now
        assert not (template / f"{before.replace('.', '/')}.py").exists(), before


def test_no_name_of_the_table_leads_to_an_old_one() -> None:
    for table in (RENAMES.modules, RENAMES.words):
        assert table.keys() & set(table.values()) == set()
    for name, package in RENAMES.packages.items():
        face = ROOT / "template" / package.replace(".", "/") / "__init__.py"
        assert f'"{name}"' in face.read_text("utf-8"), name
