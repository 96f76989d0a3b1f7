"""Updates of services that were edited for a year lose none of the edits."""

from pathlib import Path

import pytest

from plumbline.updating.merging import BESIDE
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

# The user's part of these never conflicts: it is a separate zone, or the whole file.
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
def test_an_update_keeps_a_year_of_edits(
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
    assert_unedited_files_are_new(updated)


def assert_unedited_files_are_new(updated: Updated) -> None:
    """Check that files that the user did not edit equal the new rendering."""
    for path, content in updated.renewed.items():
        unedited = updated.before.get(path) == updated.rendered.get(path)
        if unedited and path not in USER_OWNED and EXAMPLE not in path:
            assert updated.after.get(path) == content, path


@pytest.fixture(scope="module")
def hard(renderings: Renderings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Updated]:
    """An update to the next release after conflicting edits; Redis is switched off."""
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


def test_no_line_is_lost_in_conflicts(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    assert updated.lost() == []


def test_a_conflict_contains_both_sides(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    expected = {
        "Makefile": (b"mine: $(UV)", b"heads: $(UV)"),
        "ruff.toml": (b"max-complexity = 12", b"max-complexity = 9"),
        ".github/workflows/checks.yml": (b"make mine", b"make verify"),
        "app/core/api/batch.py": (b"MY_BATCH", b"__all__"),
    }
    assert updated.conflicts == set(expected)
    for path, (mine, template_s) in expected.items():
        _, _, conflict = updated.after[path].partition(OURS)
        own, _, other = conflict.partition(b"=======")
        assert mine in own, path
        assert template_s in other.partition(THEIRS)[0], path


def test_a_file_of_the_user_at_a_new_path_stays_with_ours_beside_it(
    hard: tuple[Path, Updated],
) -> None:
    _, updated = hard
    path = "app/core/audit/models.py"
    assert updated.after[path] == updated.before[path]
    assert updated.after[path + BESIDE] == updated.renewed[path]
    assert path in updated.named


def test_edited_files_that_were_removed_are_reported(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    removed = [REMOVED, "app/integrations/redis/cache.py"]
    assert updated.lost_changes.removed == sorted(removed)
    assert not updated.after.keys() & set(removed)


def test_a_file_of_the_user_in_the_folder_of_a_toggle_is_kept(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    assert updated.after["app/integrations/redis/mine.py"] == b"MY_REDIS = 1\n"


def test_files_that_the_user_removed_stay_removed_and_are_reported(
    hard: tuple[Path, Updated],
) -> None:
    _, updated = hard
    assert not updated.after.keys() & {"Dockerfile", "schemathesis.toml", "compose.yaml"}
    missed = {missed.path: missed.reason for missed in updated.lost_changes.not_arrived}
    assert missed.pop("app/core/audit/models.py").startswith("you have a file there")
    assert missed == {
        "Dockerfile": "you have deleted it",
        "compose.yaml": "you have moved it to `docker-compose.yaml`",
    }


def test_lines_of_any_encoding_are_kept(hard: tuple[Path, Updated]) -> None:
    _, updated = hard
    assert updated.lost_changes.vanished == {}
    for path, line in UNUSUAL.items():
        assert line.rstrip() in updated.after[path], path


def test_an_edit_in_one_of_two_similar_functions_stays_in_it(
    hard: tuple[Path, Updated],
) -> None:
    _, updated = hard
    text = updated.after["app/core/http/retry_after.py"].decode()
    before, _, _ = text.partition("# Mine, the date.")
    assert before.rpartition("\ndef ")[2].startswith("parse_retry_after(")
    assert "def parse_retry_later(" in before


def test_file_modes_are_kept(hard: tuple[Path, Updated]) -> None:
    service, _ = hard
    assert all((service / path).stat().st_mode & 0o111 for path in ("README.md", "alembic.ini"))


def test_a_moved_file_appears_at_its_new_path(hard: tuple[Path, Updated]) -> None:
    service, updated = hard
    assert updated.after[MOVED_TO] == updated.renewed[MOVED_TO]
    assert updated.after == files(service)
