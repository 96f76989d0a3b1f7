"""Every convention of this service: what it says, where it is encoded, and what checks it."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conventions.rule import Rule

PLACES = ("conventions/coverage.toml", "tests/integrations/*/conventions.toml")


@dataclass(frozen=True, kw_only=True)
class Convention:
    """What the service holds to, and what holds it there.

    Attributes:
        id: Such as `API-1`.
        says: The convention, in one sentence.
        encoded: The files that make it so.
        rules: The ids of the rules of the review that keep it.
        contracts: The names of import contracts in pyproject.toml.
        commands: What `make check` and `make verify` run for it.
        tests: Tests of the service, each as `path::name`.
    """

    id: str
    says: str
    encoded: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    def checks(self) -> Iterator[str]:
        """Yield each check, with what it is."""
        yield from (f"rule `{rule}`" for rule in self.rules)
        yield from (f"imports: {name}" for name in self.contracts)
        yield from (f"`{command}`" for command in self.commands)
        yield from (f"`{test}`" for test in self.tests)


def read_conventions(root: Path, rules: Iterable[Rule]) -> list[Convention]:
    """Return the conventions of a service, each with the rules that say they keep it.

    Args:
        root: The service's folder.
        rules: All rules.
    """
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    says: dict[str, str] = {}
    for path in sorted(path for place in PLACES for path in root.glob(place)):
        for name, entry in tomllib.loads(path.read_text("utf-8")).items():
            says[name] = entry.pop("says", says.get(name, ""))
            for part, values in entry.items():
                parts[name][part] += values
    for rule in rules:
        parts[rule.keeps]["rules"].append(rule.id)
    return [
        Convention(
            id=name, says=text, **{part: tuple(values) for part, values in parts[name].items()}
        )
        for name, text in says.items()
    ]


def write_table(conventions: Iterable[Convention]) -> str:
    """Return the conventions as a table in Markdown."""
    rows = [
        f"| {one.id} | {one.says} | {_cell(f'`{path}`' for path in one.encoded)} "
        f"| {_cell(one.checks())} |"
        for one in conventions
    ]
    head = "| Id | Convention | Where it is encoded | What checks it |\n| --- | --- | --- | --- |"
    return "\n".join([head, *rows])


def write_text(conventions: Iterable[Convention]) -> str:
    """Return the conventions for a terminal, each check on a line of its own."""
    return "\n\n".join(
        "\n    ".join([f"{one.id}  {one.says}", f"in {', '.join(one.encoded)}", *one.checks()])
        for one in conventions
    )


def _cell(lines: Iterable[str]) -> str:
    return "<br>".join(lines)
