"""A service takes a release that changes one thing of every kind."""

from pathlib import Path

import pytest

from tests.edits import A_YEAR, write_a_migration
from tests.history import PRESENT
from tests.next_release import NEW_TOGGLE, NEXT, USER_OWNED
from tests.services import Service
from tests.test_rendering import tree
from tests.toggles import EVERYTHING_ON, NOTHING_ON
from tests.updating import commit, make_committed, unmerged, update

SWITCHED_ON = {NEW_TOGGLE: True}
UPDATES: list[tuple[dict[str, bool], dict[str, bool]]] = [
    (NOTHING_ON, SWITCHED_ON),
    ({**NOTHING_ON, "redis": True}, {}),
    ({**NOTHING_ON, "paddle": True, "resend": True}, SWITCHED_ON),
    (EVERYTHING_ON, {}),
]


def files(service: Path) -> dict[str, bytes]:
    return {
        path: content
        for path, content in tree(service).items()
        if not path.startswith(".git/") and path not in USER_OWNED
    }


@pytest.mark.parametrize(("state", "switched"), UPDATES, ids=str)
def test_an_updated_service_equals_a_generated_one(
    next_history: Path, tmp_path: Path, state: dict[str, bool], switched: dict[str, bool]
) -> None:
    updated = make_committed(tmp_path / "updated", next_history, PRESENT, **state)
    had = {path: (updated / path).read_bytes() for path in USER_OWNED}
    update(updated, to=NEXT, **switched)
    fresh = make_committed(tmp_path / "fresh", next_history, NEXT, **state, **switched)
    assert unmerged(updated) == set()
    assert files(updated) == files(fresh)
    assert {path: (updated / path).read_bytes() for path in USER_OWNED} == had


def test_a_service_with_a_feature_passes_its_checks_afterwards(
    next_history: Path, services_folder: Path
) -> None:
    folder = services_folder / "my next"
    service = Service(make_committed(folder, next_history, PRESENT, **EVERYTHING_ON))
    for edit in A_YEAR:
        if edit is not write_a_migration:
            edit(folder)
    service.run("make setup")
    service.run('make migration feature=notes m="create notes"')
    commit(folder, "A year of work")
    update(folder, to=NEXT, **SWITCHED_ON)
    assert unmerged(folder) == set()
    service.run("make setup check migrate")
    service.run("uv run --no-sync pytest tests/features/notes tests/integrations/search")
