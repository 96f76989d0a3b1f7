"""The combinations of answers that stand in for all of them."""

from itertools import combinations, product

from tests.toggles import ALL_PAIRS, EVERY_STATE, EXAMPLE, TOGGLES, Answers, state


def is_on(answers: Answers, switch: str) -> bool:
    return answers["example"] == EXAMPLE if switch == EXAMPLE else bool(answers[switch])


def test_every_two_switches_meet_in_all_four_ways() -> None:
    for first, second in combinations((*TOGGLES, EXAMPLE), 2):
        met = {(is_on(answers, first), is_on(answers, second)) for answers in ALL_PAIRS}
        assert met == set(product((False, True), repeat=2)), (first, second)


def test_nothing_on_and_everything_on_are_among_them() -> None:
    assert state() in ALL_PAIRS
    assert state(*TOGGLES, EXAMPLE) in ALL_PAIRS
    assert all(answers in EVERY_STATE for answers in ALL_PAIRS)
