"""Reading and writing `from … import …` statements, comments included."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

LINE_LENGTH = 100

_STATEMENT = re.compile(
    r"^(?P<indent>[ \t]*)from (?P<module>(?:app|tests)(?:\.\w+)*) import "
    r"(?P<names>\((?:[^()#]|#[^\n]*)*\)|(?:[^\n(#;\\]|\\\n)+)(?P<comment>#[^\n]*)?\n",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Name:
    """One imported name.

    Attributes:
        name: The name in its module.
        alias: The name that it gets here, where that differs.
        above: Comment lines above it.
        behind: The comment behind it.
    """

    name: str
    alias: str = ""
    above: tuple[str, ...] = ()
    behind: str = ""

    @property
    def local(self) -> str:
        """The name that the file uses."""
        return self.alias or self.name

    @property
    def has_comments(self) -> bool:
        """True if any comment belongs to the name."""
        return bool(self.above or self.behind)

    def __str__(self) -> str:
        """Return the name as an import has it."""
        return f"{self.name} as {self.alias}" if self.alias else self.name


@dataclass(frozen=True)
class Import:
    """One statement.

    Attributes:
        indent: The white space before it.
        module: What it imports from.
        names: The names that it imports.
        comment: The comment that belongs to all of it, such as `# noqa: F401`.
        source: The statement as it stands in the file; empty for a new one.
    """

    indent: str
    module: str
    names: tuple[Name, ...]
    comment: str = ""
    source: str = ""

    def __str__(self) -> str:
        """Return the statement, sorted and no longer than a line may be, with its newline."""
        if self.source:
            return self.source
        names = _without_repetitions(sorted(self.names, key=_sort_key))
        line = f"{self.indent}from {self.module} import {', '.join(map(str, names))}"
        line += f"  {self.comment}" if self.comment else ""
        if len(line) <= LINE_LENGTH and not any(name.has_comments for name in names):
            return f"{line}\n"
        opening = f"{self.indent}from {self.module} import ("
        opening += f"  {self.comment}\n" if self.comment else "\n"
        return (
            opening + "".join(_lines_of(name, self.indent) for name in names) + self.indent + ")\n"
        )


def find_groups(text: str) -> Iterator[tuple[int, int, list[Import]]]:
    """Yield each run of neighbouring imports of the service, with its start and its end."""
    group: list[re.Match[str]] = []
    for match in _STATEMENT.finditer(text):
        if group and (group[-1].end() != match.start() or group[-1]["indent"] != match["indent"]):
            yield group[0].start(), group[-1].end(), list(map(_parse, group))
            group = []
        group.append(match)
    if group:
        yield group[0].start(), group[-1].end(), list(map(_parse, group))


def merge(statements: Sequence[Import]) -> list[Import]:
    """Merge new statements that import from the same module, and sort all by their modules.

    Statements with a comment of their own, and those that have not changed and have a module to
    themselves, stay as they are.
    """
    merged: dict[str, Import] = {}
    apart: list[Import] = []
    for statement in statements:
        if statement.comment:
            apart.append(statement)
        elif known := merged.get(statement.module):
            merged[statement.module] = replace(
                known, names=(*known.names, *statement.names), source=""
            )
        else:
            merged[statement.module] = statement
    return sorted([*merged.values(), *apart], key=lambda statement: statement.module)


def _parse(match: re.Match[str]) -> Import:
    comment, names = match["comment"] or "", match["names"]
    if names.startswith("("):
        opening, parsed = _parse_lines(names[1:-1])
        comment = comment or opening
    else:
        parsed = [_parse_name(part) for part in names.replace("\\\n", " ").split(",")]
    return Import(match["indent"], match["module"], tuple(parsed), comment.strip(), match[0])


def _parse_lines(inside: str) -> tuple[str, list[Name]]:
    """Return the comment behind the opening parenthesis, and the names with theirs."""
    opening = ""
    names: list[Name] = []
    above: list[str] = []
    for number, line in enumerate(inside.split("\n")):
        code, mark, text = line.partition("#")
        comment = f"{mark}{text}".strip()
        parts = [_parse_name(part) for part in code.split(",") if part.strip()]
        if parts:
            parts[0] = replace(parts[0], above=tuple(above))
            parts[-1] = replace(parts[-1], behind=comment)
            names += parts
            above = []
        elif comment and number == 0:
            opening = comment
        elif comment:
            above.append(comment)
    if above and names:  # Below the last name: they can only be about it.
        names[-1] = replace(names[-1], above=(*names[-1].above, *above))
    return opening, names


def _parse_name(text: str) -> Name:
    name, _, alias = text.strip().partition(" as ")
    return Name(name.strip(), alias.strip())


def _without_repetitions(names: Iterable[Name]) -> list[Name]:
    found: dict[str, Name] = {}
    for name in names:
        known = found.get(str(name), name)
        if known is not name:
            known = replace(
                known,
                above=(*known.above, *name.above),
                behind=known.behind or name.behind,
            )
        found[str(name)] = known
    return list(found.values())


def _lines_of(name: Name, indent: str) -> str:
    above = "".join(f"{indent}    {comment}\n" for comment in name.above)
    behind = f"  {name.behind}" if name.behind else ""
    return f"{above}{indent}    {name},{behind}\n"


def _sort_key(name: Name) -> tuple[int, str]:
    """Sort as ruff does: constants, classes, then the rest."""
    if name.name.isupper() and len(name.name) > 1:
        return 0, name.name
    return (1 if name.name[:1].isupper() else 2), name.name
