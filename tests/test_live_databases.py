"""Switching toggles on and off in a service with full databases loses no data."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.history import PRESENT, git
from tests.live_databases import DATA, MORE_DATA, UPGRADE, LiveService, live, without
from tests.services import Service
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES
from tests.updating import make_committed, rename, update

pytestmark = pytest.mark.xdist_group("live databases")

TABLES: dict[str, set[str]] = {
    "redis": set(),
    "resend": {"resend_emails", "resend_events", "resend_suppressions"},
    "paddle": {
        "paddle_checkouts",
        "paddle_customers",
        "paddle_events",
        "paddle_reconciliations",
        "paddle_subscriptions",
        "paddle_transactions",
    },
    "blob": {"blob_files", "blob_usage"},
}
# Tables in every service that an update from 0.1.0 adds, and those whose columns it changes.
NEW = {"jobs", "known_devices"}
CHANGED = {"account_tokens", "idempotency_keys", "users"}
EVERYTHING = "resend,blob,paddle"


@pytest.fixture(scope="module")
def service(history: Path, services_folder: Path) -> Iterator[LiveService]:
    """A service of 0.1.0 and its later states; each is a tag, some with a database of that name.

    `released` has nothing on and rows in its tables; `nothing` is the same at the present version,
    with the database `updated`; `full` has everything on and rows in every table.
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
        rename(folder)
        made.run("make setup format")
        started.keep("nothing")
        started.upgrade(started.copy("released", to="updated"))
        update(folder, to=PRESENT, **EVERYTHING_ON)
        made.run("uv sync")
        started.keep("full")
        started.upgrade(started.copy("released", to="full"))
        started.sql("full", MORE_DATA)
        yield started


@pytest.fixture(scope="module")
def one_left(service: LiveService) -> LiveService:
    """Two toggles are off again and their tables dropped: tag and database `one-left`."""
    service.go_to("full")
    for toggle in ("resend", "blob"):
        exported = f"to={service.folder}/.data/exported/{toggle}"
        service.run(f"make switch off={toggle} data=drop {exported}", database="full")
        service.keep("one-left")
    service.upgrade(service.copy("full", to="one-left"), DROP_RETIRED_DATA="resend,blob")
    return service


@pytest.fixture(scope="module")
def dropped(one_left: LiveService) -> LiveService:
    """The last is off too, and its tables are dropped: tag `dropped`."""
    one_left.go_to("one-left")
    exported = f"to={one_left.folder}/.data/exported/paddle"
    one_left.run(f"make switch off=paddle data=drop {exported}", database="full")
    one_left.keep("dropped")
    return one_left


@pytest.fixture(scope="module")
def kept(one_left: LiveService) -> LiveService:
    """The last is off too, and its tables are kept: tag `kept`."""
    one_left.go_to("one-left")
    one_left.run("make switch off=paddle data=keep", database="one-left")
    one_left.keep("kept")
    return one_left


def test_an_update_from_the_release_does_not_change_its_data(service: LiveService) -> None:
    service.go_to("nothing")
    before, after = service.snapshot("released"), service.snapshot("updated")
    assert after.keys() - before.keys() == NEW
    assert {after[table][0] for table in NEW} == {"0|"}
    assert without(after, NEW | CHANGED) == without(before, CHANGED)
    assert {table: after[table][0] for table in CHANGED} == {
        table: before[table][0] for table in CHANGED
    }
    service.check("updated")


@pytest.mark.parametrize("toggle", TOGGLES)
def test_switching_on_adds_its_tables_and_changes_no_others(
    service: LiveService, toggle: str
) -> None:
    service.go_to("nothing")
    update(service.folder, to=PRESENT, **{toggle: True})
    service.service.run("uv sync")
    database = service.copy("released", to="on")
    service.upgrade(database)
    after, before = service.snapshot(database), service.snapshot("updated")
    assert after.keys() - before.keys() == TABLES[toggle]
    assert without(after, TABLES[toggle]) == before
    service.check(database)


def test_every_table_of_the_toggles_has_rows(service: LiveService) -> None:
    empty = {
        table for table, lines in service.snapshot("full").items() if lines[0].startswith("0|")
    }
    assert empty == {"account_tokens", "idempotency_keys", "known_devices"}


def test_switching_off_first_lists_what_remains_and_stops(service: LiveService) -> None:
    service.go_to("full")
    refusal = service.fails("make switch off=paddle", database="full")
    assert "paddle_customers                 50\n" in refusal
    assert "paddle_cancel_subscription: 3 waiting" in refusal
    assert "PADDLE_API_KEY" in refusal
    assert "make switch off=paddle data=keep" in refusal
    assert "make switch off=paddle data=drop" in refusal
    assert "Error 2" in refusal
    refusal = service.fails("make switch on=paddle data=keep", database="full")
    assert "use them with off" in refusal
    assert git(service.folder, "status", "--porcelain") == ""


def test_switching_off_is_refused_while_a_feature_imports_the_module(service: LiveService) -> None:
    service.go_to("full")
    feature = service.folder / "app/features/__init__.py"
    line = "from app.integrations.paddle.plans import require_plan\n"
    feature.write_text(feature.read_text("utf-8") + line, "utf-8")
    service.keep("needed")
    refusal = service.fails("make switch off=paddle data=keep", database="full")
    assert "app/features/__init__.py uses app.integrations.paddle." in refusal
    assert "Nothing was changed" in refusal
    assert git(service.folder, "status", "--porcelain") == ""


def test_the_exported_files_contain_the_rows_of_the_tables(dropped: LiveService) -> None:
    before, found = dropped.snapshot("full"), set[str]()
    for toggle in ("resend", "paddle", "blob"):
        folder = dropped.folder / ".data/exported" / toggle
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for table, entry in manifest["tables"].items():
            found.add(table)
            content = (folder / entry["file"]).read_bytes()
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
            assert str(entry["rows"]) == before[table][0].partition("|")[0]
    assert found == set[str]().union(*TABLES.values())


@pytest.mark.parametrize("toggle", ["resend", "paddle", "blob"])
def test_an_export_is_imported_as_it_was(dropped: LiveService, toggle: str) -> None:
    folder = f"{dropped.folder}/.data/exported/{toggle}"
    dropped.go_to("full")
    database = dropped.copy("full", to="imported")
    refusal = dropped.fails(f"make import-data from={folder}", database=database)
    assert "already has rows" in refusal
    dropped.sql(database, f"TRUNCATE {', '.join(sorted(TABLES[toggle]))}")
    dropped.run(f"make import-data from={folder}", database=database)
    assert dropped.snapshot(database) == dropped.snapshot("full")


def test_an_import_gives_new_columns_their_defaults(dropped: LiveService) -> None:
    dropped.go_to("full")
    database = dropped.copy("full", to="grown")
    dropped.sql(database, f"TRUNCATE {', '.join(sorted(TABLES['paddle']))}")
    dropped.sql(database, "ALTER TABLE paddle_subscriptions ADD grown integer DEFAULT 5 NOT NULL")
    dropped.run(f"make import-data from={dropped.folder}/.data/exported/paddle", database=database)
    assert dropped.sql(database, "SELECT sum(grown) FROM paddle_subscriptions") == "250\n"
    dropped.sql(database, "ALTER TABLE paddle_subscriptions DROP grown")
    assert dropped.snapshot(database) == dropped.snapshot("full")


def test_no_rows_are_dropped_without_confirmation(dropped: LiveService) -> None:
    dropped.go_to("dropped")
    database = dropped.copy("full", to="production")
    before = dropped.snapshot(database)
    for confirmed in ("", "resend,blob"):
        refusal = dropped.fails(UPGRADE, database=database, DROP_RETIRED_DATA=confirmed)
        assert "make export-data module=paddle" in refusal
        assert "Traceback" not in refusal
        assert dropped.snapshot(database) == before
    dropped.upgrade(database, DROP_RETIRED_DATA=EVERYTHING)
    after = dropped.snapshot(database)
    assert after["jobs"] == before["jobs"]
    assert without(after, {"jobs"}) == without(dropped.snapshot("updated"), {"jobs"})
    dropped.check(database)


def test_an_upgrade_that_is_killed_halfway_has_dropped_nothing(dropped: LiveService) -> None:
    dropped.go_to("dropped")
    database = dropped.copy("full", to="killed")
    before = dropped.snapshot(database)
    with dropped.locked(database, "paddle_events"):  # the last that its downgrade drops
        upgrading = dropped.start(UPGRADE, database=database, DROP_RETIRED_DATA=EVERYTHING)
        dropped.wait_for_waiting(database)
        upgrading.kill()
        upgrading.wait()
    assert dropped.snapshot(database) == before
    dropped.upgrade(database, DROP_RETIRED_DATA=EVERYTHING)
    after = dropped.snapshot(database)
    assert after["jobs"] == before["jobs"]
    assert without(after, {"jobs"}) == without(dropped.snapshot("updated"), {"jobs"})


def test_switched_on_again_dropped_tables_are_empty_and_others_kept(
    dropped: LiveService,
) -> None:
    dropped.go_to("dropped")
    emptied, behind = (dropped.copy("full", to=name) for name in ("emptied", "behind"))
    dropped.upgrade(emptied, DROP_RETIRED_DATA=EVERYTHING)
    dropped.run("make switch on=paddle", database=emptied)
    retired = {path.parent.name for path in dropped.folder.glob("migrations/retired/*/*.py")}
    assert retired == {"resend", "blob"}
    dropped.upgrade(emptied)
    fresh, new = dropped.snapshot(emptied), TABLES["paddle"]
    assert {fresh[table][0] for table in new} == {"0|"}
    assert without(fresh, new | {"jobs"}) == without(dropped.snapshot("updated"), {"jobs"})
    dropped.upgrade(behind, DROP_RETIRED_DATA="resend,blob")
    assert dropped.snapshot(behind) == dropped.snapshot("one-left")
    for database in (emptied, behind):
        dropped.check(database)


def test_kept_tables_are_unchanged_and_used_again(kept: LiveService) -> None:
    kept.go_to("kept")
    database = kept.copy("one-left", to="kept")
    kept.upgrade(database)
    kept.check(database)
    wrote = kept.run("make migration feature=market_data m='nothing new'", database=database)
    assert "nothing to write" in wrote
    kept.run("uv run pytest -q tests/migrations", database=database)
    kept.run("make switch on=paddle", database=database)
    kept.upgrade(database)
    kept.check(database)
    assert kept.snapshot(database) == kept.snapshot("one-left")
    git(kept.folder, "add", "--all")
    assert git(kept.folder, "diff", "--cached", "--stat", "one-left", "--", ".", ":!uv.lock") == ""


def test_tables_that_were_kept_can_be_dropped_later(kept: LiveService) -> None:
    kept.go_to("kept")
    database = kept.copy("one-left", to="later")
    kept.run("make switch off=paddle data=drop", database=database)
    kept.upgrade(database, DROP_RETIRED_DATA="paddle")
    assert kept.snapshot(database) == without(kept.snapshot("one-left"), TABLES["paddle"])
    kept.check(database)
