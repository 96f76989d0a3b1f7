"""Updated equals freshly generated: from every release, and across every switch of a toggle.

The trees are equal to the last byte, empty folders included. So whatever holds for a fresh service
holds for an updated one: `test_gate.py` runs the whole gate on each of these combinations, and one
service that comes from the first release goes through it here.

What an update leaves alone is the user's: the files of `_skip_if_exists`, and the example.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import NamedTuple

import jinja2
import pytest
from _pytest.mark import ParameterSet

from tests.history import PRESENT, released_versions
from tests.services import Service, tree
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES, every_switching
from tests.updating import make_committed, unmerged, update

Answers = dict[str, object]


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


def flips(*states: dict[str, bool]) -> Iterator[ParameterSet]:
    """Yield each state with each toggle that is switched in it; half of the states in a group."""
    for state in states:
        name = " ".join(toggle for toggle in TOGGLES if state[toggle]) or "nothing"
        group = pytest.mark.xdist_group(f"flips, redis={state['redis']}")
        for toggle in TOGGLES:
            sign = "-" if state[toggle] else "+"
            yield pytest.param(
                {"example": "none", **state}, toggle, id=f"{name} {sign} {toggle}", marks=group
            )


RELEASES = [
    pytest.param(version, marks=pytest.mark.xdist_group(f"updates from {version}"))
    for version in released_versions()
]


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    """Saves a third of the time: Copier compiles each part of each path anew, mostly the same."""
    compile_source = jinja2.Environment.compile
    compiled: dict[tuple[str, str | None], CodeType] = {}

    def look_up(
        environment: jinja2.Environment,
        source: str,
        name: str | None = None,
        filename: str | None = None,
    ) -> CodeType:
        if (source, name) not in compiled:
            compiled[source, name] = compile_source(environment, source, name, filename)
        return compiled[source, name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", look_up)
        yield


@pytest.fixture(scope="session")
def generate(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Generate:
    """Makes a service of a version with answers, once; it is not to be changed."""
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
    """Brings a service of a version to the present with other answers, and compares all of it."""

    def check(version: str, answers: Answers, **others: object) -> None:
        old, fresh = generate(version, answers), generate(PRESENT, {**answers, **others})
        service = shutil.copytree(old.folder, tmp_path / "service", symlinks=True)
        update(service, to=PRESENT, **others)
        assert unmerged(service) == set()
        expected = {
            **{path: text for path, text in fresh.tree.items() if not is_of_the_user(path)},
            **{path: text for path, text in old.tree.items() if is_of_the_user(path)},
        }
        assert tree(service) == expected

    return check


def is_of_the_user(path: str) -> bool:
    return path.startswith(OF_THE_USER)


@pytest.mark.parametrize("answers", SPREAD, ids=str)
@pytest.mark.parametrize("version", RELEASES)
def test_every_release_becomes_the_present_one(
    check_update: Callable[..., None], version: str, answers: Answers
) -> None:
    check_update(version, answers)


@pytest.mark.parametrize("version", RELEASES)
def test_other_answers_to_the_other_questions_arrive_too(
    check_update: Callable[..., None], version: str
) -> None:
    check_update(version, SPREAD[0], **OTHER_ANSWERS)


@pytest.mark.parametrize(("answers", "toggle"), [*flips(*every_switching())])
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
def test_an_updated_service_passes_the_gate(
    history: Path, services_folder: Path, version: str
) -> None:
    folder = services_folder / "my updated service"
    update(make_committed(folder, history, version, **EVERYTHING_ON))
    service = Service(folder)
    service.run("make setup check")
    service.run("uv run --no-sync pytest -q tests/migrations")
