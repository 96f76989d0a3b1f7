"""Updates of services that people have worked on for a year lose nothing of it."""

from pathlib import Path

import pytest

from tests.edits import (
    UNUSUAL,
    collide_with_the_next_release,
    edit_one_of_several_copies,
    remove_and_move,
    work_for_a_year,
    write_unusual_bytes,
)
from tests.history import PRESENT
from tests.losses import Renderings, Updated, files, update_watched
from tests.next_release import MOVED_TO, NEXT, REMOVED, USER_OWNED
from tests.toggles import EVERYTHING_ON, NOTHING_ON
from tests.updating import commit

# Of these the user's part never collides: it has a zone of its own, or the whole file.
OWN = {*USER_OWNED, ".env.example", "pyproject.toml"}
EXAMPLE = "/market_data/"  # Copied once: no update changes it.
OURS, THEIRS = b"<<<<<<< before updating", b">>>>>>> after updating"


@pytest.fixture(scope="module")
def renderings(next_history: Path, tmp_path_factory: pytest.TempPathFactory) -> Renderings:
    return Renderings(next_history, tmp_path_factory.mktemp("renderings"))


@pytest.mark.parametrize(
    ("version", "state", "to", "switched"),
    [
        ("0.1.0", {**NOTHING_ON, "paddle": True, "example": "market_data"}, PRESENT, {}),
        (PRESENT, {**EVERYTHING_ON, "example": "none"}, NEXT, {"search": True}),
        (PRESENT, {**NOTHING_ON, "example": "none"}, ":current:", EVERYTHING_ON),
        (PRESENT, {**EVERYTHING_ON, "example": "none"}, ":current:", NOTHING_ON),
    ],
    ids=["from the first release", "to the next release", "everything on", "everything off"],
)
def test_a_year_of_work_survives(
    renderings: Renderings,
    tmp_path: Path,
    version: str,
    state: dict[str, object],
    to: str,
    switched: dict[str, bool],
) -> None:
    service = renderings.copy(tmp_path / "service", version, **state)
    work_for_a_year(service)
    commit(service, "A year of work")
    updated = update_watched(service, renderings, to=to, **switched)
    new = updated.before.keys() - updated.rendered.keys()
    assert updated.lost() == []
    assert updated.named == set()
    assert updated.conflicts & (OWN | new) == set()
    if version == PRESENT:
        assert updated.conflicts == set()
    assert {path: updated.after.get(path) for path in new} == {
        path: updated.before[path] for path in new
    }
    assert_the_template_s_part_is_new(updated)


def assert_the_template_s_part_is_new(updated: Updated) -> None:
    """Hold what the user did not edit to what the template renders now."""
    for path, content in updated.renewed.items():
        unedited = updated.before.get(path) == updated.rendered.get(path)
        if unedited and path not in USER_OWNED and EXAMPLE not in path:
            assert updated.after.get(path) == content, path


@pytest.fixture(scope="module")
def hard(renderings: Renderings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Updated]:
    """An update to the next release after edits that collide with it; Redis is switched off."""
    state = {**NOTHING_ON, "redis": True, "example": "none"}
    service = renderings.copy(tmp_path_factory.mktemp("hard") / "service", PRESENT, **state)
    for edit in (
        collide_with_the_next_release,
        remove_and_move,
        write_unusual_bytes,
        edit_one_of_several_copies,
    ):
        edit(service)
    commit(service, "Edits that collide")
    return service, update_watched(service, renderings, to=NEXT, redis=False)


def test_nothing_is_lost_where_edits_collide(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    assert updated.lost() == []


def test_both_sides_are_in_a_conflict(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    expected = {
        "Makefile": (b"mine: $(UV)", b"heads: $(UV)"),
        "ruff.toml": (b"max-complexity = 12", b"max-complexity = 9"),
        ".github/workflows/checks.yml": (b"make mine", b"make verify"),
        "app/core/api/batch.py": (b"MY_BATCH", b"__all__"),
        "app/core/audit/models.py": (b"MY_AUDIT", b"class Trace"),
    }
    assert updated.conflicts == set(expected)
    for path, (mine, template_s) in expected.items():
        _, _, conflict = updated.after[path].partition(OURS)
        own, _, other = conflict.partition(b"=======")
        assert mine in own, path
        assert template_s in other.partition(THEIRS)[0], path


def test_what_was_removed_although_edited_is_named(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    removed = [REMOVED, "app/integrations/redis/cache.py"]
    assert updated.comparison.removed_edits == sorted(removed)
    assert not updated.after.keys() & set(removed)


def test_a_file_of_the_user_in_a_toggle_s_folder_stays(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    assert updated.after["app/integrations/redis/mine.py"] == b"MY_REDIS = 1\n"


def test_what_the_user_removed_stays_away_and_its_changes_are_named(
    hard: tuple[Path, Updated],
) -> None:
    _, updated = hard
    assert not updated.after.keys() & {"Dockerfile", "schemathesis.toml", "compose.yaml"}
    missed = {(missed.path, missed.moved_to) for missed in updated.comparison.not_arrived}
    assert missed == {("Dockerfile", None), ("compose.yaml", "docker-compose.yaml")}


def test_lines_that_copier_drops_are_named(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    dropped = {"app/core/api/schemas.py", "app/core/middleware/security_headers.py"}
    assert updated.comparison.vanished_lines.keys() == dropped
    for path in UNUSUAL.keys() - dropped:
        assert UNUSUAL[path].rstrip() in updated.after[path], path


def test_an_edit_lands_in_its_own_block_where_blocks_are_alike(
    hard: tuple[Path, Updated],
) -> None:
    _, updated = hard
    text = updated.after["app/core/http/retry_after.py"].decode()
    before, _, _ = text.partition("# Mine, the date.")
    assert before.rpartition("\ndef ")[2].startswith("parse_retry_after(")
    assert "def parse_retry_later(" in before


def test_modes_of_files_stay(hard: tuple[Path, Updated]) -> None:
    service, _ = hard
    assert all((service / path).stat().st_mode & 0o111 for path in ("README.md", "alembic.ini"))


def test_the_new_place_of_a_moved_file_arrives(hard: tuple[Path, Updated]) -> None:
    service, updated = hard
    assert updated.after[MOVED_TO] == updated.renewed[MOVED_TO]
    assert updated.after == files(service)
