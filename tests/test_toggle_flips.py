"""An updated service equals a new one: from every release, and after every switch of a toggle.

The trees are equal to the last byte, empty folders included. So everything that holds for a new
service holds for an updated one: `test_services.py` checks each of these states, and one service
that comes from the first release is checked here.

An update does not change the user's files: those of `_skip_if_exists`, and the example. It removes
no migration, since a database may have run it.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from _pytest.mark import ParameterSet

from plumbline.updating.merging import MIGRATIONS
from tests.history import PRESENT, released_versions
from tests.services import Service, tree
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES, Answers, every_combination
from tests.updating import make_committed, rename, unmerged, update


class Generated(NamedTuple):
    folder: Path
    tree: dict[str, bytes]


Generate = Callable[[str, Answers], Generated]

OF_THE_USER = (
    ".github/workflows/ci.yml",
    "app/features/__init__.py",
    "app/features/market_data/",
    "migrations/versions/market_data/",
    "project.mk",
    "tests/features/market_data/",
)
SPREAD: list[Answers] = [
    *({"example": example, **NOTHING_ON} for example in ("none", "market_data")),
    *({"example": "none", **NOTHING_ON, toggle: True} for toggle in TOGGLES),
    {"example": "none", **EVERYTHING_ON},
    {"example": "market_data", **EVERYTHING_ON, "python_version": "3.11"},
    {
        "project_name": 'It\'s "Ærøskøbing", {{ 東京 }}',
        "description": "Sells `naïve` \\ <b>things</b> & 🚀.",
        "author_name": "O'Neill & Söhne",
    },
]
OTHER_ANSWERS: Answers = {
    "project_name": "Another Name",
    "project_slug": "another-name",
    "description": "Another purpose.",
    "python_version": "3.12",
}


def flips() -> Iterator[ParameterSet]:
    """Yield each state with each toggle to switch in it; half of the states run in a group.

    `make test` switches each toggle where everything else is off, and where everything else is on.
    """
    for state in every_combination():
        name = " ".join(toggle for toggle in TOGGLES if state[toggle]) or "nothing"
        group = pytest.mark.xdist_group(f"flips, redis={state['redis']}")
        full = () if state in (NOTHING_ON, EVERYTHING_ON) else (pytest.mark.full,)
        for toggle in TOGGLES:
            sign = "-" if state[toggle] else "+"
            yield pytest.param(
                {"example": "none", **state},
                toggle,
                id=f"{name} {sign} {toggle}",
                marks=(group, *full),
            )


RELEASES = [
    pytest.param(version, marks=pytest.mark.xdist_group(f"updates from {version}"))
    for version in released_versions()
]


@pytest.fixture(scope="session")
def generate(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Generate:
    """Generates a service of a version, once for the same answers; do not change it."""
    made: dict[str, Generated] = {}

    def generate_once(version: str, answers: Answers) -> Generated:
        key = f"{version} {sorted(answers.items())}"
        if key not in made:
            folder = tmp_path_factory.mktemp("generated") / "service"
            make_committed(folder, history, version, **answers)
            made[key] = Generated(folder, tree(folder))
        return made[key]

    return generate_once


@pytest.fixture
def check_update(generate: Generate, tmp_path: Path) -> Callable[..., None]:
    """Updates a service to the present version, and compares it with a new one."""

    def check(version: str, answers: Answers, **others: object) -> None:
        old, fresh = generate(version, answers), generate(PRESENT, {**answers, **others})
        service = shutil.copytree(old.folder, tmp_path / "service", symlinks=True)
        update(service, to=PRESENT, **others)
        assert unmerged(service) == set()
        expected = {
            **{path: text for path, text in old.tree.items() if path.startswith(MIGRATIONS)},
            **{path: text for path, text in fresh.tree.items() if not is_of_the_user(path)},
            **{path: text for path, text in old.tree.items() if is_of_the_user(path)},
        }
        assert tree(service) == expected

    return check


def is_of_the_user(path: str) -> bool:
    return path.startswith(OF_THE_USER)


@pytest.mark.parametrize("answers", SPREAD, ids=str)
@pytest.mark.parametrize("version", RELEASES)
def test_an_update_from_every_release_equals_a_new_service(
    check_update: Callable[..., None], version: str, answers: Answers
) -> None:
    check_update(version, answers)


@pytest.mark.parametrize("version", RELEASES)
def test_other_answers_to_the_other_questions_are_applied(
    check_update: Callable[..., None], version: str
) -> None:
    check_update(version, SPREAD[0], **OTHER_ANSWERS)


@pytest.mark.parametrize(("answers", "toggle"), [*flips()])
def test_a_toggle_is_switched_in_every_state(
    check_update: Callable[..., None], answers: Answers, toggle: str
) -> None:
    check_update(PRESENT, answers, **{toggle: not answers[toggle]})


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("state", [NOTHING_ON, EVERYTHING_ON], ids=["nothing on", "everything on"])
@pytest.mark.parametrize("toggle", TOGGLES)
def test_a_toggle_is_switched_by_an_update_from_every_release(
    check_update: Callable[..., None], version: str, state: Answers, toggle: str
) -> None:
    check_update(version, {"example": "none", **state}, **{toggle: not state[toggle]})


@pytest.mark.parametrize("version", RELEASES[:1])
def test_an_updated_service_passes_its_checks(
    history: Path, services_folder: Path, version: str
) -> None:
    folder = services_folder / "my updated service"
    update(make_committed(folder, history, version, **EVERYTHING_ON))
    rename(folder)
    service = Service(folder).sharing_packages()
    service.run("make setup format check")
    service.run("uv run --no-sync pytest -q tests/migrations")
