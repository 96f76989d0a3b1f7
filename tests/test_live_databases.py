"""Toggles are switched on and off in a service whose databases are full, and nothing is lost."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.history import PRESENT, git
from tests.live_databases import DATA, MORE_DATA, LiveService, live, without
from tests.services import Service
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES
from tests.updating import make_committed, update

pytestmark = pytest.mark.xdist_group("live databases")

# The tables of each toggle; whoever brings the last of them brings jobs.
TABLES = {
    "redis": set[str](),
    "resend": {"resend_emails", "resend_events", "resend_suppressions", "jobs"},
    "paddle": {
        "paddle_customers",
        "paddle_events",
        "paddle_reconciliations",
        "paddle_subscriptions",
        "paddle_transactions",
        "jobs",
    },
    "blob": {"blob_files", "blob_usage", "jobs"},
}
ALL_TABLES = set[str]().union(*TABLES.values())


@pytest.fixture(scope="module")
def service(history: Path, services_folder: Path) -> Iterator[LiveService]:
    """A service of 0.1.0, and what became of it, each a tag with a database of its name.

    `released` has nothing on and rows in its tables; `nothing` is that at the present version;
    `full` has everything on and rows in every table.
    """
    folder = make_committed(services_folder / "live", history, "0.1.0", **NOTHING_ON)
    made = Service(folder)
    made.run("make setup")
    with live(made) as started:
        started.sql("postgres", "CREATE DATABASE released")
        started.upgrade("released")
        started.sql("released", DATA)
        started.keep("released")
        update(folder, to=PRESENT)
        started.keep("nothing")
        update(folder, to=PRESENT, **EVERYTHING_ON)
        started.run("uv sync", database="released")  # once, the packages of every state
        started.keep("full")
        started.upgrade(started.copy("released", to="full"))
        started.sql("full", MORE_DATA)
        yield started


@pytest.fixture(scope="module")
def dropped(service: LiveService) -> LiveService:
    """The same with everything off again and its data dropped: tag `dropped`."""
    service.go_to("full")
    for toggle in TOGGLES:
        exported = f"to={service.folder}/.data/exported/{toggle}"
        service.run(f"make switch off={toggle} data=drop {exported}", database="full")
        service.keep("dropped")
    return service


def test_an_update_from_the_release_leaves_its_data_alone(service: LiveService) -> None:
    service.go_to("nothing")
    database = service.copy("released", to="updated")
    service.upgrade(database)
    assert service.snapshot(database) == service.snapshot("released")
    service.check(database)


@pytest.mark.parametrize("toggle", TOGGLES)
def test_switching_on_adds_its_tables_and_touches_nothing_else(
    service: LiveService, toggle: str
) -> None:
    service.go_to("nothing")
    database = service.copy("released", to="on")
    service.run(f"make switch on={toggle}", database=database)
    service.upgrade(database)
    after = service.snapshot(database)
    assert without(after, TABLES[toggle]) == service.snapshot("released")
    assert TABLES[toggle] <= after.keys()
    service.check(database)


def test_every_table_of_the_fixture_has_rows(service: LiveService) -> None:
    counts = {table: lines[0] for table, lines in service.snapshot("full").items()}
    empty = {table for table, line in counts.items() if line.startswith("0|")}
    assert empty == {"account_tokens", "idempotency_keys"}


def test_switching_off_first_says_what_is_left_behind_and_stops(service: LiveService) -> None:
    service.go_to("full")
    refusal = service.fails("make switch off=paddle", database="full")
    assert "paddle_customers                 50\n" in refusal
    assert "PADDLE_API_KEY" in refusal
    assert "data=keep" in refusal
    assert "data=drop" in refusal
    assert "Error 2" in refusal
    assert service.run("git status --porcelain", database="full") == ""


def test_switching_off_is_refused_while_a_feature_needs_the_module(service: LiveService) -> None:
    service.go_to("full")
    feature = service.folder / "app/features/__init__.py"
    line = "from app.integrations.paddle.plans import require_plan\n"
    feature.write_text(feature.read_text("utf-8") + line, "utf-8")
    service.keep("needed")
    refusal = service.fails("make switch off=paddle data=keep", database="full")
    assert "app/features/__init__.py imports app.integrations.paddle." in refusal
    assert "Nothing was changed" in refusal


def test_kept_tables_stay_as_they_are_and_are_found_again(service: LiveService) -> None:
    service.go_to("full")
    database = service.copy("full", to="kept")
    before = service.snapshot(database)
    for toggle in ("resend", "paddle", "blob"):
        service.run(f"make switch off={toggle} data=keep", database=database)
        service.keep("kept")
    assert not (service.folder / "app/core/jobs").exists()
    service.upgrade(database)
    service.check(database)
    nothing = service.run("make migration feature=market_data m='nothing new'", database=database)
    assert "nothing to write" in nothing
    service.run("uv run pytest -q tests/migrations", database=database)
    assert service.snapshot(database) == before
    for toggle in ("resend", "paddle", "blob"):
        service.run(f"make switch on={toggle}", database=database)
        service.keep("on again")
    service.upgrade(database)
    service.check(database)
    assert service.snapshot(database) == before
    assert (
        service.run(
            "git diff full --stat -- . ':!uv.lock' ':!app/integrations/redis'", database=database
        )
        == ""
    )


def test_nobody_s_rows_are_dropped_unless_somebody_confirms_it(dropped: LiveService) -> None:
    dropped.go_to("dropped")
    database = dropped.copy("full", to="unconfirmed")
    before = dropped.snapshot(database)
    for confirmed in ("", "resend,paddle,blob"):
        refusal = dropped.fails(
            "uv run alembic upgrade heads", database=database, DROP_RETIRED_DATA=confirmed
        )
        assert "DROP_RETIRED_DATA=" in refusal
        assert "export-data" in refusal
        assert "Traceback" not in refusal
        assert dropped.snapshot(database) == before


def test_dropped_tables_are_exported_whole_and_no_other_is_touched(dropped: LiveService) -> None:
    dropped.go_to("dropped")
    before = dropped.snapshot("full")
    for toggle in ("resend", "paddle", "blob"):
        folder = dropped.folder / ".data/exported" / toggle
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for table, entry in manifest["tables"].items():
            content = (folder / entry["file"]).read_bytes()
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
            assert f"{entry['rows']}|" == before[table][0].partition("|")[0] + "|"
    database = dropped.copy("full", to="after")
    dropped.upgrade(database, DROP_RETIRED_DATA="resend,paddle,blob,jobs")
    assert dropped.snapshot(database) == dropped.snapshot("released")
    dropped.check(database)
