"""The review finds what the set of breaches has, and leaves right code alone.

`figures.toml` has the marks that are found today, by kind. A change that finds fewer fails; one
that finds more raises the figure.
"""

import tomllib
from pathlib import Path

import pytest

from tests.conventions import corpus
from tests.conventions.cases import OTHER_TOOLS, add_cases
from tests.conventions.reviewing import ReviewedService

pytestmark = pytest.mark.xdist_group("conventions")

FIGURES = tomllib.loads((corpus.HERE / "figures.toml").read_text("utf-8"))
LINES = 1000


@pytest.fixture(scope="module")
def measured(
    full_service: ReviewedService, tmp_path_factory: pytest.TempPathFactory
) -> corpus.Measured:
    """What the review finds of the whole set."""
    from tests.conventions.conftest import copied

    with copied(full_service, tmp_path_factory.mktemp("set")) as service:
        add_cases(corpus.BREACHES, service)
        corpus.add_good_code(service.folder)
        document = service.review("--format", "json").document
    assert document["crashes"] == []
    return corpus.measure(corpus.read_findings(document))


def test_every_kind_is_found_as_often_as_before(measured: corpus.Measured) -> None:
    found = {kind: measured.found[kind] for kind in measured.marks}
    fewer = {
        kind: found.get(kind, 0)
        for kind, count in FIGURES["found"].items()
        if found.get(kind, 0) < count
    }
    assert fewer == {}, "\n".join(str(mark) for mark in measured.missed if mark.kind in fewer)


def test_every_mark_is_of_a_kind(measured: corpus.Measured) -> None:
    assert measured.marks.keys() == corpus.kinds().keys()


def test_the_shares_are_as_high_as_before(measured: corpus.Measured) -> None:
    kinds = corpus.kinds()
    critical = [kind for kind in kinds if kinds[kind]["severity"] == "critical"]
    assert measured.share(kinds) >= FIGURES["share"]["all"]
    assert measured.share(critical) >= FIGURES["share"]["critical"]


def test_right_code_is_left_alone(measured: corpus.Measured) -> None:
    good = corpus.paths_of(corpus.GOOD)
    false = [one for one in measured.false if one.path in good and one.rule not in OTHER_TOOLS]
    per_lines = len(false) / corpus.lines_of_good_code() * LINES
    listed = "\n".join(f"{one.path}:{one.line} {one.rule} {one.message}" for one in false)
    assert per_lines <= FIGURES["false"]["per_thousand_lines"], listed
    assert [one for one in false if one.severity == "critical"] == [], listed


def test_the_figures_name_every_kind() -> None:
    assert FIGURES["found"].keys() == corpus.kinds().keys()
    assert (Path(corpus.HERE) / "figures.toml").exists()
