"""Names in code, strings and Markdown follow the table of a release."""

from pathlib import PurePosixPath

import pytest

from plumbline.renaming import Skipped, rename
from scripts.rendering import ROOT
from tests.plumbline.renamed_code import FEATURE, RENAMES, becomes


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


def test_a_file_that_is_not_python_any_more_is_skipped() -> None:
    with pytest.raises(Skipped, match="not valid Python"):
        rename("<<<<<<< before updating\n", RENAMES, path=FEATURE)


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
