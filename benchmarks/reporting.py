"""The results as a line, as JSON, and as the table of docs/benchmarks.md."""

import json
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measures import Aim, Bound, Figure, Result
from benchmarks.serving import State

RESULTS = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: written by `make bench` -->", "<!-- end of the results -->"
HEADER = f"{'measure':36}{'state':16}{'ratio':>8}{'aim':>9}{'floor':>8}{'CPU':>8}"


def line_of(result: Result) -> str:
    """Return the line of a result in the terminal."""
    numbers = [format_ratio(result.ratio), aim_of(result), *map(format_ratio, extras(result))]
    widths = [8, 9, 8, 8]
    columns = "".join(f"{text:>{width}}" for text, width in zip(numbers, widths, strict=True))
    return f"{result.name:36}{result.state:16}{columns}{'  missed' * result.is_missed}"


def aim_of(result: Result) -> str:
    """Return the aim of a result, if it has one."""
    return str(result.aim) if result.aim else ""


def extras(result: Result) -> tuple[float | None, float | None]:
    """Return the ratios besides the one with an aim."""
    return result.floor, result.cpu


def format_ratio(ratio: float | None) -> str:
    """Return a ratio with three digits."""
    return "" if ratio is None else f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def write_json(results: Sequence[Result], versions: dict[str, str], path: Path = RESULTS) -> None:
    """Write the results and the versions that they belong to."""
    content = {"versions": versions, "results": [to_json(result) for result in results]}
    path.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def to_json(result: Result) -> dict[str, object]:
    """Return a result as JSON; its figures mean something relative to each other only."""
    return {
        "name": result.name,
        "compared": result.compared,
        "state": result.state,
        "aim": list(result.aim) if result.aim else None,
        "ratio": round(result.ratio, 4),
        "turns": [[[f"{part:.5g}" and float(f"{part:.5g}") if part is not None else None for part in figure] for figure in turn] for turn in result.turns],
    }
