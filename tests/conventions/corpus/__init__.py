"""The set that measures the review: breaches that a reviewer stops at, and code that is right.

`breaches/<kind>/` holds files by their path in the service. A line at which the review must report
ends in `# breach: kind`, or has that comment alone on the line above it; a kind is a table of a
`kinds_*.toml`. `good/` holds files in which nothing may be reported. The set was written before the
rules that it measures, and is not adapted to them.
"""

import ast
import math
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.conventions.cases import OTHER_TOOLS

HERE = Path(__file__).parent
BREACHES = HERE / "breaches"
GOOD = HERE / "good"
FIGURES = HERE / "figures.toml"
_MARK = re.compile(r"# breach: (?P<kinds>[a-z0-9-]+(?:, [a-z0-9-]+)*)\s*$")
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    severity: str
    message: str


@dataclass(frozen=True)
class Mark:
    """A place at which the review must report: the lines of its innermost statement."""

    kind: str
    path: str
    line: int
    first: int
    last: int

    def covers(self, finding: Finding) -> bool:
        return self.path == finding.path and self.first <= finding.line <= self.last


@dataclass
class Measured:
    """The part of the set that the review found."""

    marks: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[Mark] = field(default_factory=list)
    false: list[Finding] = field(default_factory=list)

    def share(self, kinds: Iterable[str]) -> float:
        """Return the share of the marks of some kinds that the review found."""
        listed = [kind for kind in kinds if self.marks[kind]]
        return sum(self.found[kind] for kind in listed) / sum(self.marks[kind] for kind in listed)

    @property
    def false_in_good_code(self) -> list[Finding]:
        """The false findings of the rules in right code."""
        paths = paths_of(GOOD)
        return [one for one in self.false if one.path in paths and one.rule not in OTHER_TOOLS]

    @property
    def figures(self) -> dict[str, dict[str, float]]:
        """The content of `figures.toml`: shares that only rise, false findings that only fall."""
        critical = [kind for kind, table in kinds().items() if table["severity"] == "critical"]
        false = self.false_in_good_code
        per_line = len(false) / lines_of_good_code()
        return {
            "share": {
                "all": math.floor(self.share(kinds()) * 1000) / 1000,
                "critical": math.floor(self.share(critical) * 1000) / 1000,
            },
            "false": {
                "per_thousand_lines": math.ceil(per_line * 1000 * 100) / 100,
                "critical": sum(one.severity == "critical" for one in false),
            },
            "found": {kind: self.found[kind] for kind in sorted(self.marks)},
        }


@cache
def kinds() -> Mapping[str, Mapping[str, Any]]:
    """Return the kinds of breaches, with their rules, severity and consequence."""
    files = sorted(HERE.glob("kinds_*.toml"))
    return {
        kind: table
        for path in files
        for kind, table in tomllib.loads(path.read_text("utf-8")).items()
    }


def read_figures() -> dict[str, dict[str, float]]:
    """Return the figures that the review must keep."""
    return tomllib.loads(FIGURES.read_text("utf-8"))


def write_figures(figures: Mapping[str, Mapping[str, float]]) -> None:
    """Write the figures that the review must keep from now on."""
    lines = ["# Written by `make figures`."]
    for table, entries in figures.items():
        lines += ["", f"[{table}]", *(f"{name} = {figure}" for name, figure in entries.items())]
    FIGURES.write_text("\n".join(lines) + "\n", "utf-8")


def marks() -> list[Mark]:
    """Return every mark of the set."""
    return [
        mark
        for folder in sorted(BREACHES.glob("*"))
        for path in sorted(folder.rglob("*.py"))
        for mark in _marks_in(path.read_text("utf-8"), path.relative_to(folder).as_posix())
    ]


def lines_of_good_code() -> int:
    """Return the number of lines in which nothing may be reported."""
    return sum(len(path.read_text("utf-8").splitlines()) for path in GOOD.rglob("*.py"))


def paths_of(folder: Path) -> set[str]:
    """Return the paths in the service of the files of a part of the set."""
    whole = [folder] if folder == GOOD else list(folder.glob("*"))
    return {path.relative_to(one).as_posix() for one in whole for path in one.rglob("*.py")}


def measure(findings: Iterable[Finding]) -> Measured:
    """Compare findings with the marks."""
    result, listed = Measured(), list(findings)
    places = marks()
    for mark in places:
        rules = kinds()[mark.kind]["rules"]
        is_found = any(mark.covers(one) and one.rule in rules for one in listed)
        result.marks[mark.kind] += 1
        result.found[mark.kind] += is_found
        if not is_found:
            result.missed.append(mark)
    own = paths_of(BREACHES) | paths_of(GOOD)
    result.false = [
        one
        for one in listed
        if one.path in own and not any(mark.covers(one) and _is_right(mark, one) for mark in places)
    ]
    return result


def _is_right(mark: Mark, finding: Finding) -> bool:
    kind = kinds()[mark.kind]
    return finding.rule in (*kind["rules"], *kind.get("also", ()))


def _marks_in(text: str, path: str) -> Iterator[Mark]:
    spans = sorted(_spans(ast.parse(text)), key=lambda span: span[1] - span[0])
    for number, line in enumerate(text.splitlines(), start=1):
        if mark := _MARK.search(line):
            is_above = mark.start() == len(line) - len(line.lstrip())
            at = number + is_above
            first, last = next((s for s in spans if s[0] <= at <= s[1]), (at, at))
            yield from (Mark(kind, path, at, first, last) for kind in mark["kinds"].split(", "))


def _spans(tree: ast.AST) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            marked = node.decorator_list if isinstance(node, _DEFINITIONS) else []
            first = min([node.lineno, *(decorator.lineno for decorator in marked)])
            yield first, node.end_lineno or node.lineno


def read_findings(document: Mapping[str, Any]) -> list[Finding]:
    """Return the findings of a report in JSON."""
    return [
        Finding(one["path"], one["line"], one["rule"], one["severity"], one["message"])
        for one in document["findings"]
    ]


def add_good_code(service: Path) -> None:
    """Copy the right code into a service, and list its modules in FEATURES."""
    shutil.copytree(GOOD, service, dirs_exist_ok=True)
    folders = sorted((GOOD / "app/features").glob("*/module.py"))
    names = [path.parent.name for path in folders]
    imports = [f"from app.features.{name}.module import module as {name}" for name in names]
    features = service / "app/features/__init__.py"
    text = features.read_text("utf-8").replace(
        "\n\nFEATURES", "\n" + "\n".join(imports) + "\n\nFEATURES", 1
    )
    features.write_text(text.replace(",)\n", f", {', '.join(names)},)\n", 1), "utf-8")
