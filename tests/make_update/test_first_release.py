"""A service of 0.1.0 with code of its own reaches the present by the steps of UPGRADING.md."""

import sys
from pathlib import Path

import pytest

from scripts.commands import CommandFailed, run
from scripts.notes import sections
from scripts.rendering import ROOT
from tests.edits import write_a_feature
from tests.history import git
from tests.next_release import MIGRATION
from tests.rewriting import append, replace, write
from tests.services import Service
from tests.toggles import EVERYTHING_ON
from tests.updating import commit, make_committed, unmerged

pytestmark = pytest.mark.xdist_group("update from the first release")

STEPS = sections((ROOT / "UPGRADING.md").read_text("utf-8"))["Unreleased"]
UPDATE = "uvx --from ADDRESS plumbline update"
RENAME = "uvx --from ADDRESS plumbline rename ."
# Files of 0.1.0 with an edit, and where they are now.
MOVED = {
    "app/core/circuit_breaker.py": "app/core/http/circuit_breaker.py",
    "tests/core/test_retry_after.py": "tests/core/http/test_retry_after.py",
}
OWN_TEST = '''\
"""Codes and fixtures of the template, as 0.1.0 called them."""

from tests.conftest import ClientOf


async def test_notes_are_listed_for_everybody_and_oneself_for_a_user(client_of: ClientOf) -> None:
    client = await client_of("ada@example.com")
    assert (await client.get("/api/v1/users/me")).status_code == 200
    assert (await client.get("/api/v1/notes/none")).json()["error"]["code"] != "not_signed_in"
'''


@pytest.fixture(scope="module")
def service(history: Path, services_folder: Path) -> Service:
    """A service of 0.1.0 with the example and a feature, after the update and the renames."""
    state = {"example": "market_data", **EVERYTHING_ON}
    folder = make_committed(services_folder / "my first service", history, "0.1.0", **state)
    write_a_feature(folder)
    write_its_migration(folder)
    write(folder / "tests/features/notes/test_names.py", OWN_TEST)
    for path in MOVED:
        append(folder / path, '\nMINE = "mine"\n')
    commit(folder, "A year of work")
    service = Service(folder)
    with pytest.raises(CommandFailed, match="Import every module: failed") as stopped:
        plumbline(service, "update")
    assert "app.features.notes." in str(stopped.value)
    assert unmerged(folder) == set()
    git(folder, "add", "--all")
    rename(folder)
    follow_the_deletion(folder / "tests/features/market_data/test_router_alerts.py")
    count_fewer_statements(folder / "tests/features/market_data/test_router_alert_batches.py")
    service.run("make format")
    plumbline(service, "finish")
    return service


def plumbline(service: Service, command: str) -> str:
    """Run a command of `plumbline`, as it is in this checkout, on a service."""
    program = [sys.executable, "-m", "plumbline", command, "--folder", str(service.folder)]
    return run(program, cwd=ROOT, environment=service.environment)


def rename(folder: Path, *options: str) -> str:
    """Run `plumbline rename` as it is in this checkout."""
    command = [sys.executable, "-m", "plumbline", "rename", str(folder), *options]
    return run(command, cwd=ROOT, environment={})


def follow_the_deletion(tests: Path) -> None:
    """Delete accounts in the user's copy of the example as UPGRADING.md says."""
    assert "`delete_account` deletes one" in STEPS
    replace(tests, 'ada.delete("/api/v1/users/me")', "delete_account(ada)")
    replace(tests, "from tests.conftest import ", "from tests.conftest import delete_account, ")


def count_fewer_statements(tests: Path) -> None:
    """Count the statements of a request with an idempotency key as UPGRADING.md says."""
    assert "one statement fewer: lower the number in `assert_queries`" in STEPS
    replace(tests, "assert_queries(6)", "assert_queries(5)")


def write_its_migration(folder: Path) -> None:
    """Write the migration that `make migration feature=notes` writes for the README's models."""
    path = folder / "migrations/versions/notes/2026_12_24_create_notes_0a1b2c3d4e5f.py"
    write(path, MIGRATION.format(name="notes", table="notes", revision="0a1b2c3d4e5f"))
    text = '        sa.Column("text", sa.String(200), nullable=False),\n'
    created = '"created_at", sa.DateTime(timezone=True), server_default=sa.func.now()'
    replace(path, text, f"{text}        sa.Column({created}, nullable=False),\n")
    index = 'op.create_index(op.f("ix_notes_created_at_id"), "notes", ["created_at", "id"])'
    replace(path, "\n\n\ndef downgrade", f"\n    {index}\n\n\ndef downgrade")


def test_the_steps_are_those_that_are_written_down(service: Service) -> None:
    assert service
    for command in (UPDATE, "git add --all", RENAME, "make format", "make update-finish"):
        assert command in STEPS


def test_nothing_of_the_user_s_is_reported_as_lost(service: Service) -> None:
    report = (service.folder / ".data/update-report.md").read_text("utf-8")
    for heading in ("Removed although", "Lines of yours that", "Changes that were not"):
        assert heading not in report


def test_edits_of_moved_files_are_in_their_new_places(service: Service) -> None:
    for old, new in MOVED.items():
        assert not (service.folder / old).exists()
        assert (service.folder / new).read_text("utf-8").endswith('\nMINE = "mine"\n')


def test_a_second_run_of_the_renames_changes_nothing(service: Service) -> None:
    assert rename(service.folder, "--check") == "Nothing to rename.\n"


def test_style_types_and_contracts_pass(service: Service) -> None:
    service.run("make check")


def test_the_tests_of_the_features_pass(service: Service) -> None:
    service.run("uv run --no-sync pytest -n auto tests/features tests/migrations")
