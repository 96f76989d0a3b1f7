"""The plot of the results: the distance of each ratio from its aim, as SVG for light and dark."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import chain
from math import log2

from benchmarks.measures import Bound, Result
from benchmarks.reporting import format_ratio
from benchmarks.serving import State
from scripts.rendering import ROOT

PLOT = ROOT / "docs/benchmarks.svg"
WIDTH, TOP, ROW = 900, 76, 34
LEFT, RIGHT = 290, 610
COLUMNS = {State.NOTHING_ON: 730, State.EVERYTHING_ON: 830}
SCALE = {1 / 4: "a quarter", 1 / 2: "half", 1: "the aim", 2: "twice", 4: "four times"}
MOST = 4
"""The farthest ratio that is shown in its place; others are at the edge."""

STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.quiet { fill: #59636e; } .small { font-size: 11px; }
.line { stroke: #d1d9e0; } .aim { stroke: #59636e; stroke-width: 1.5; }
.met { fill: #1a7f37; stroke: #1a7f37; } .missed { fill: #bc4c00; stroke: #bc4c00; }
.off { fill: #ffffff; } circle { stroke-width: 2; } .floor { stroke: #59636e; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .quiet { fill: #9198a1; }
  .line { stroke: #3d444d; } .aim { stroke: #9198a1; }
  .met { fill: #3fb950; stroke: #3fb950; } .missed { fill: #f0883e; stroke: #f0883e; }
  .off { fill: #0d1117; } .floor { stroke: #9198a1; }
}"""


def draw(results: Sequence[Result]) -> str:
    """Return the SVG: a row per measure with an aim, a dot per state of the answers."""
    rows: dict[str, list[Result]] = {}
    for result in results:
        if result.aim:
            rows.setdefault(result.name, []).append(result)
    height = TOP + ROW * len(rows) + 12
    drawn = (draw_row(row, number) for number, row in enumerate(rows.values()))
    body = [*draw_frame(height), *chain.from_iterable(drawn)]
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    title = "<title>The ratios of make bench relative to their aims</title>"
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([start, title, f"<style>\n{STYLE}\n</style>", *body, "</svg>", ""])


def draw_frame(height: int) -> Iterator[str]:
    """Yield the scale, the line of the aims and the legend."""
    yield from draw_legend()
    for ratio, label in SCALE.items():
        x, kind = position(ratio), "aim" if ratio == 1 else "line"
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{TOP - 12}" y2="{height - 8}"/>'
        yield label_at(x, TOP - 20, label, "small quiet", anchor="middle")
    for state, x in COLUMNS.items():
        yield label_at(x, TOP - 20, state, "small quiet", anchor="end")
    yield label_at(WIDTH - 12, TOP - 20, "aim", "small quiet", anchor="end")


def draw_legend() -> Iterator[str]:
    """Yield the meaning of the marks."""
    yield from (dot_at(18, 20, "met off"), dot_at(128, 20, "met"), dot_at(258, 20, "missed"))
    yield floor_at(388, 20)
    texts = {30: State.NOTHING_ON, 140: State.EVERYTHING_ON, 270: "misses its aim"}
    for x, text in (texts | {398: "the floor: the least by hand"}).items():
        yield label_at(x, 24, text, "small quiet")


def draw_row(row: Sequence[Result], number: int) -> Iterator[str]:
    """Yield the marks and the ratios of one measure."""
    y = TOP + ROW * number + ROW // 2
    yield label_at(12, y + 4, row[0].name)
    yield f'<line class="line" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>'
    for result in row:
        kind = "missed" if result.is_missed else "met"
        off = " off" if result.state is State.NOTHING_ON else ""
        if result.floor:
            yield floor_at(position(score(result, result.floor)), y)
        yield dot_at(position(score(result, result.ratio)), y, f"{kind}{off}")
        yield label_at(COLUMNS[result.state], y + 4, format_ratio(result.ratio), anchor="end")
    yield label_at(WIDTH - 12, y + 4, str(row[0].aim), "quiet", anchor="end")


def score(result: Result, ratio: float) -> float:
    """Return the ratio relative to its aim: above 1 is better, below 1 misses it."""
    assert result.aim
    quotient = ratio / result.aim.ratio
    return quotient if result.aim.bound is Bound.AT_LEAST else 1 / quotient


def position(ratio: float) -> float:
    """Return the place of a score on a scale of doublings, the aim in its middle."""
    doublings = max(-log2(MOST), min(log2(MOST), log2(ratio)))
    return round(LEFT + (RIGHT - LEFT) * (doublings / log2(MOST) + 1) / 2, 1)


def dot_at(x: float, y: float, kind: str) -> str:
    """Return the dot of a ratio."""
    return f'<circle class="{kind}" cx="{x}" cy="{y}" r="5"/>'


def floor_at(x: float, y: float) -> str:
    """Return the mark of a floor."""
    return f'<line class="floor" x1="{x}" x2="{x}" y1="{y - 7}" y2="{y + 7}"/>'


def label_at(x: float, y: float, text: str, kind: str = "", *, anchor: str = "start") -> str:
    """Return a text."""
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
