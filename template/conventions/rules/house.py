"""Names that the team bans in pyproject.toml; the rules of `house_rules/` are loaded beside it."""

import ast
import builtins
from collections.abc import Iterator, Mapping

from conventions.facts.facts import Facts
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source


@rule("banned-name")
def find_banned_names(service: Service) -> Iterator[Violation]:
    """Find modules, functions and classes that `[tool.conventions.bans]` lists."""
    bans = service.configuration.bans
    kinds = (ast.Import, ast.ImportFrom, ast.Attribute, ast.Name)
    for source, node in service.sources.under("app").nodes(*kinds) if bans else ():
        for name in _banned(service.facts, source, node, bans):
            yield source.violation(node, f"`{name}` is banned: {bans[name]}")


def _banned(facts: Facts, source: Source, node: ast.AST, bans: Mapping[str, str]) -> list[str]:
    """Return the bans that a node breaks: an import, also from below, or a use by name."""
    match node:
        case ast.Import(names=names):
            imported = [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0, names=names):
            imported = [f"{module}.{alias.name}" for alias in names]
        case ast.Attribute():
            return [ban for ban in bans if ban in facts.names(source, node)]
        case ast.Name(id=name) if hasattr(builtins, name):
            names = facts.names(source, node)
            return [ban for ban in bans if ban == name and f"builtins.{name}" in names]
        case _:
            return []
    return [ban for ban in bans if any(f"{one}.".startswith(f"{ban}.") for one in imported)]


RULES = (find_banned_names,)
