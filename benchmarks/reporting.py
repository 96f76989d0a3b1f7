"""The results as lines of the terminal, as JSON, and as the table of docs/benchmarks.md."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures import Aim, Bound, Figure, Result
from benchmarks.serving import State
from scripts.rendering import ROOT

RESULTS = ROOT / "benchmarks/results.json"
PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- results: written by `make bench` -->", "<!-- end of the results -->"

COLUMNS = ("measure", "answers", "ratio", "aim", "floor", "CPU")
WIDTHS = (36, 15, 8, 9, 8, 8)
DIGITS = 5


def line_of(cells: Sequence[str]) -> str:
    """Return cells as a line of the terminal: two columns of text, then those of numbers."""
    texts = [f"{cell:{width}}" for cell, width in zip(cells[:2], WIDTHS, strict=False)]
    numbers = [f"{cell:>{width}}" for cell, width in zip(cells[2:], WIDTHS[2:], strict=True)]
    return "".join([*texts, *numbers])


def cells_of(result: Result) -> list[str]:
    """Return the cells of a result."""
    aim = f"{result.aim}" if result.aim else ""
    numbers = [format_ratio(ratio) for ratio in (result.ratio, result.floor, result.cpu)]
    return [result.name, result.state, numbers[0], aim, *numbers[1:]]


def format_ratio(ratio: float | None) -> str:
    """Return a ratio with two decimals, or without any if it is large."""
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def describe_missed(results: Iterable[Result]) -> list[str]:
    """Return a line for each aim that is missed."""
    return [
        f"missed: {result.name}, {result.state}: {format_ratio(result.ratio)}, aim {result.aim}"
        for result in results
        if result.is_missed
    ]


def write_json(path: Path, results: Sequence[Result], versions: Mapping[str, str]) -> None:
    """Write results, and the versions that they belong to."""
    content = {"versions": dict(versions), "results": [encode(result) for result in results]}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read_json(path: Path) -> tuple[list[Result], dict[str, str]]:
    """Return the results in a file, and the versions that they belong to."""
    content = json.loads(path.read_text("utf-8"))
    return [decode(one) for one in content["results"]], content["versions"]


def encode(result: Result) -> dict[str, Any]:
    """Return a result as JSON: the ratios, and the figures that they are the medians of."""
    return {
        "name": result.name,
        "compared": result.compared,
        "answers": result.state,
        "aim": list(result.aim) if result.aim else None,
        "ratio": rounded(result.ratio),
        "floor": rounded(result.floor),
        "cpu": rounded(result.cpu),
        "turns": [[[rounded(part) for part in figure] for figure in turn] for turn in result.turns],
    }


def decode(stored: Mapping[str, Any]) -> Result:
    """Return a result that was encoded."""
    return Result(
        name=stored["name"],
        compared=stored["compared"],
        state=State(stored["answers"]),
        aim=Aim(Bound(stored["aim"][0]), stored["aim"][1]) if stored["aim"] else None,
        turns=[[Figure(*figure) for figure in turn] for turn in stored["turns"]],
    )


def rounded(number: float | None) -> float | None:
    """Return a number with as many digits as mean anything."""
    return None if number is None else float(f"{number:.{DIGITS}g}")


def write_page(path: Path, results: Sequence[Result], versions: Mapping[str, str]) -> None:
    """Write the table of the results between the marks of a page."""
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{table_of(results, versions)}\n{END}{after}", "utf-8")


def table_of(results: Sequence[Result], versions: Mapping[str, str]) -> str:
    """Return the table in Markdown, one row per measure and state; a missed aim is bold."""
    rows = [mark_missed(result, cells_of(result)) for result in results]
    rules = ["---", "---", *["---:"] * 4]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (COLUMNS, rules, *rows))
    measured = {result.name: f"- **{result.name}**: {result.compared}." for result in results}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    turns = min(len(result.turns) for result in results)
    source = f"Each measure was taken in {turns} turns or more, with {listed}."
    return "\n\n".join([table, "\n".join(measured.values()), source]) + "\n"


def mark_missed(result: Result, cells: list[str]) -> list[str]:
    """Return the cells with the ratio in bold if it misses the aim."""
    if result.is_missed:
        cells[2] = f"**{cells[2]}**"
    return cells
