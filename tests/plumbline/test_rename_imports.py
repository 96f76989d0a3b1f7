"""Imports follow the modules that `plumbline rename` knows to have moved."""

from pathlib import PurePosixPath

from tests.plumbline.renamed_code import becomes, renamed


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
