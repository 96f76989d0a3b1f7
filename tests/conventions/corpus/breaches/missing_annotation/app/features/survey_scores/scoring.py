"""Scores of surveys."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, UuidKey


class SurveyScore(Base):
    """The score of a survey."""

    __tablename__ = "survey_scores"

    id: Mapped[UuidKey]
    label = mapped_column(String(200))  # breach: missing-annotation


class Range(NamedTuple):
    """A range of scores."""

    low: int
    high: int


def clamp(score, allowed: Range) -> int:  # breach: missing-annotation
    """Return a score within a range."""
    return min(max(score, allowed.low), allowed.high)


def average(*scores, weight: int = 1) -> float:  # breach: missing-annotation
    """Return the weighted average of scores."""
    return weight * sum(scores) / len(scores)


def counted(function):  # breach: missing-annotation
    """Return a function that counts its calls."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - those of any function
        call.calls += 1
        return function(*arguments, **options)

    call.calls = 0
    return call


def labels(scores: list, names: dict) -> list:  # breach: missing-annotation
    """Return the names of scores."""
    return [names[score] for score in scores]


class ScoreBoard:
    """The scores of one survey."""

    def __init__(self, limit: int = 10) -> None:
        """Take the number of scores to keep."""
        self.limit = limit
        self._scores: list[int] = []

    @property
    def best(self):  # breach: missing-annotation
        """The best score."""
        return max(self._scores, default=None)

    @classmethod
    def of(cls, scores: list[int]):  # breach: missing-annotation
        """Return a board with some scores."""
        board = cls(len(scores))
        board._scores = scores
        return board

    def sorter(self) -> Callable[[int], Any]:
        """Return the key by which scores are sorted."""

        def key(score):  # breach: missing-annotation
            return self.limit - score

        return key


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its score."""

    text: str
    score: Any  # breach: missing-annotation
