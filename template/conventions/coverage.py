"""The conventions of this service: their text, the files that implement them, and their checks."""

import tomllib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conventions.rule import Rule

PLACES = (
    "conventions/coverage.toml",
    "tests/integrations/*/conventions.toml",
    "house_rules/conventions.toml",
)


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


def convention_ids(root: Path, places: Iterable[str] = PLACES) -> set[str]:
    """Return the ids of all conventions of a service, or of those in some of the places."""
    files = _files(root, places)
    return {name for path in files for name in tomllib.loads(path.read_text("utf-8"))}


def read_conventions(root: Path, rules: Iterable[Rule]) -> list[Convention]:
    """Return the conventions of a service, each with the rules that check it.

    Args:
        root: The service's folder.
        rules: All rules.
    """
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    says: dict[str, str] = {}
    for path in _files(root):
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


def write_guide(root: Path, conventions: Iterable[Convention], rules: Container[str]) -> str:
    """Return the list for the guide: the team's conventions, and others that its rules check.

    Args:
        root: The service's folder.
        conventions: The conventions.
        rules: The ids of the team's rules.
    """
    own = convention_ids(root, PLACES[-1:])
    lines = [
        (one, ", ".join(f"`{rule}`" for rule in one.rules if rule in rules)) for one in conventions
    ]
    listed = [
        f"- **{one.id}** {one.says}{f' ({named})' if named else ''}"
        for one, named in lines
        if named or one.id in own
    ]
    return "\n".join(listed) or "None yet."


def write_explanation(rule: Rule, conventions: Iterable[Convention]) -> str:
    """Return the explanation of a rule, with the convention that it checks."""
    says = next(one.says for one in conventions if one.id == rule.convention)
    wrong, right = (_indented(example) for example in (rule.wrong, rule.right))
    return (
        f"{rule.id} ({rule.severity}) checks {rule.convention}: {says}\n\n"
        f"Why: {rule.why}\n\nFix: {rule.fix}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}"
    )


def _files(root: Path, places: Iterable[str] = PLACES) -> list[Path]:
    return [path for place in places for path in sorted(root.glob(place))]


def _cell(lines: Iterable[str]) -> str:
    return "<br>".join(lines)


def _indented(example: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in example.splitlines())
