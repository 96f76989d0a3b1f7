"""The conventions of this service: their text, the files that implement them, and their checks."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conventions.rule import Rule

PLACES = ("conventions/coverage.toml", "tests/integrations/*/conventions.toml")


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A convention and its checks.

    Attributes:
        id: Such as `API-1`.
        says: The convention, in one sentence.
        encoded: The files that implement it.
        rules: The rules of the review that check it.
        contracts: The names of import contracts in pyproject.toml.
        commands: Commands that `make check` and `make verify` run.
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
        """Yield each check, with its kind."""
        yield from (f"rule `{rule}`" for rule in self.rules)
        yield from (f"imports: {name}" for name in self.contracts)
        yield from (f"`{command}`" for command in self.commands)
        yield from (f"`{test}`" for test in self.tests)


def read_conventions(root: Path, rules: Iterable[Rule]) -> list[Convention]:
    """Return the conventions of a service, each with the rules that check it.

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
        parts[rule.convention]["rules"].append(rule.id)
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
    head = "| Id | Convention | Implemented in | Checked by |\n| --- | --- | --- | --- |"
    return "\n".join([head, *rows])


def write_list(conventions: Iterable[Convention]) -> str:
    """Return the conventions for a terminal, one check per line."""
    return "\n\n".join(
        "\n    ".join([f"{one.id}  {one.says}", f"in {', '.join(one.encoded)}", *one.checks()])
        for one in conventions
    )


def write_explanation(rule: Rule, conventions: Iterable[Convention]) -> str:
    """Return the explanation of a rule, with the convention that it checks."""
    says = next(one.says for one in conventions if one.id == rule.convention)
    wrong, right = (_indented(example) for example in (rule.wrong, rule.right))
    return (
        f"{rule.id} ({rule.severity}) checks {rule.convention}: {says}\n\n"
        f"Why: {rule.why}\n\nFix: {rule.fix}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}"
    )


def _cell(lines: Iterable[str]) -> str:
    return "<br>".join(lines)


def _indented(example: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in example.splitlines())
