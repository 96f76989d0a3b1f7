"""The review finds what the set of breaches has, and leaves right code alone.

`figures.toml` has the figures of today: shares that may not fall, and false findings that may not
rise. `make figures` measures them and writes the file.
"""

import os

import pytest

from tests.conventions import corpus
from tests.conventions.cases import add_cases
from tests.conventions.conftest import copied
from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")


@pytest.fixture(scope="module")
def measured(
    full_service: ReviewedService, tmp_path_factory: pytest.TempPathFactory
) -> corpus.Measured:
    """The result of the review over the whole set."""
    with copied(full_service, tmp_path_factory.mktemp("set")) as service:
        add_cases(corpus.BREACHES, service)
        corpus.add_good_code(service.folder)
        document = service.review("--format", "json").document
    assert document["crashes"] == []
    measured = corpus.measure(corpus.read_findings(document))
    if os.environ.get("PLUMBLINE_WRITE_FIGURES"):
        corpus.write_figures(measured.figures)
    return measured


def test_every_kind_is_found_as_often_as_before(measured: corpus.Measured) -> None:
    floor = corpus.read_figures()["found"]
    fewer = [kind for kind, count in floor.items() if measured.found[kind] < count]
    assert fewer == [], "\n".join(str(mark) for mark in measured.missed if mark.kind in fewer)


def test_the_shares_are_as_high_as_before(measured: corpus.Measured) -> None:
    floor = corpus.read_figures()["share"]
    assert [name for name, share in measured.figures["share"].items() if share < floor[name]] == []


def test_right_code_is_left_alone_as_before(measured: corpus.Measured) -> None:
    ceiling = corpus.read_figures()["false"]
    listed = "\n".join(map(str, measured.false_in_good_code))
    more = [name for name, count in measured.figures["false"].items() if count > ceiling[name]]
    assert more == [], listed


def test_every_mark_is_of_a_kind(measured: corpus.Measured) -> None:
    assert measured.marks.keys() == corpus.kinds().keys()


def test_the_figures_name_every_kind() -> None:
    assert corpus.read_figures()["found"].keys() == corpus.kinds().keys()
