"""A measure takes its sides in turns, and its result is judged by the median of the ratios."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import pytest

from benchmarks.measures import Aim, Figure, Measure, Result, Sides, at_least, at_most
from benchmarks.serving import Bench, State


class NoBench:
    """A bench that generates nothing."""

    state = State.NOTHING_ON


NO_BENCH = cast("Bench", NoBench())


def made_up(*turns: list[float], aim: Aim | None = None) -> Result:
    """Return a result with these figures."""
    figures = [[Figure(value, cpu=1 / value) for value in turn] for turn in turns]
    return Result("reads", "per second", State.NOTHING_ON, aim, figures)


def test_the_sides_are_measured_in_turns_and_the_first_turn_warms_up() -> None:
    order: list[str] = []

    def side(name: str) -> Figure:
        order.append(name)
        return Figure(len(order))

    @contextmanager
    def compare(_: Bench) -> Iterator[Sides]:
        yield Sides(lambda: side("service"), lambda: side("yardstick"), lambda: side("floor"))

    result = Measure("reads", "per second", None, compare, pairs=2).take(NO_BENCH)
    assert order == ["service", "yardstick", "floor"] * 3
    assert result.turns == [[Figure(4), Figure(5), Figure(6)], [Figure(7), Figure(8), Figure(9)]]


def test_the_ratio_is_the_median_of_the_ratios_of_the_pairs() -> None:
    result = made_up([1, 2, 1], [9, 3, 6], [10, 10, 30])
    assert (result.ratio, result.floor, result.cpu) == (1, 2, 1)


def test_figures_without_cpu_time_and_floor_have_no_such_ratios() -> None:
    result = replace(made_up([1, 2]), turns=[[Figure(1), Figure(2)]])
    assert (result.ratio, result.floor, result.cpu) == (0.5, None, None)


@pytest.mark.parametrize(
    ("aim", "ratio", "missed"),
    [
        (at_least(0.9), 0.9, False),
        (at_least(0.9), 0.89, True),
        (at_most(1.6), 1.6, False),
        (at_most(1.6), 1.61, True),
        (None, 0.01, False),
    ],
)
def test_an_aim_is_missed_on_its_wrong_side(aim: Aim | None, ratio: float, *, missed: bool) -> None:
    assert made_up([ratio, 1], aim=aim).is_missed is missed
