"""Rows in code that races ask about: which are new, which change, and what protects them."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from conventions.facts.bindings import unpacked
from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.graph import Code
from conventions.facts.symbols import Symbol
from conventions.service import Service
from conventions.source import Source
from conventions.statements import models_by_name

_ROW = "sqlalchemy.orm.DeclarativeBase"
_PROTECTION = re.compile(
    r"(.*_)?(lock|locks|locked|locking|for_update|advisory|versions?|watch|serializable)(_.*)?"
    r"|ExpectedVersions|IntegrityError|StaleDataError|begin_nested|on_conflict_.*|Lock|LOCK .*",
    re.DOTALL,
)
_DEPTH = 4

Change = tuple[ast.expr, str, ast.expr, ast.AST]
"""The row, the attribute, the value, and the statement that changes it."""


def changes_of(node: ast.AST, *, own: bool = True) -> Iterator[Change]:
    """Yield the changes of attributes in a function; with `own=False` those of a node alone."""
    for part in own_nodes(node) if own else (node,):
        match part:
            case ast.Assign(targets=targets, value=value):
                for target, path in (pair for one in targets for pair in unpacked(one)):
                    parts = getattr(value, "elts", [value])
                    given = parts[path[0]] if path and path[0] < len(parts) else value
                    if isinstance(target, ast.Attribute):
                        yield target.value, target.attr, given, part
            case ast.AugAssign(target=ast.Attribute(value=row, attr=name), value=value):
                yield row, name, value, part
            case ast.Call(
                func=ast.Name(id="setattr"), args=[row, ast.Constant(value=str(name)), value]
            ):
                yield row, name, value, part


def rows_behind(facts: Facts, source: Source, node: ast.expr) -> list[Symbol]:
    """Return the rows that an expression may be."""
    found = facts.resolver.resolve_all(source, node)
    return [one for one in found if one.is_object and facts.resolver.is_subclass(one, _ROW)]


def is_new(facts: Facts, source: Source, row: ast.expr) -> bool:
    """Return whether a row was made by the function itself, so that no other can have read it."""
    if not isinstance(row, ast.Name):
        return False
    bindings = facts.resolver.bindings(source).reaching(row, row.id)
    values = [one.value for one in bindings if isinstance(one.value, ast.Call)]
    kinds = [kind for value in values for kind in facts.resolver.resolve_all(source, value.func)]
    return bool(kinds) and len(values) == len(bindings) and all(one.is_class for one in kinds)


def is_protected(service: Service, code: Code, model: str) -> bool:
    """Return whether a lock or a version protects a model in code, its calls or its callers."""
    mapper = models_by_name(service).get(model)
    if mapper is not None and mapper.version_id_col is not None:
        return True
    callers = [edge.caller for edge in service.facts.graph.callers(code)]
    return any(_reaches_lock(service, one) for one in (code, *callers))


@cache
def _reaches_lock(service: Service, code: Code) -> bool:
    """Return whether code, or a function of features and accounts that it calls, names a lock."""
    queue, seen = [(code, 0)], {code}
    while queue:
        current, depth = queue.pop()
        if any(map(_PROTECTION.fullmatch, _words(current.node))):
            return True
        for edge in service.facts.graph.edges_from(current) if depth < _DEPTH else ():
            callee = edge.callee
            if callee and callee not in seen and callee.source.layer != "core":
                seen.add(callee)
                queue.append((callee, depth + 1))
    return False


def _words(function: ast.AST) -> set[str]:
    """Return the names and the texts in a function, without its documentation."""
    nodes = [one for one in ast.walk(function) if not isinstance(one, ast.Expr)]
    words = {getattr(one, "id", "") or getattr(one, "attr", "") for one in nodes}
    words |= {one.arg or "" for one in nodes if isinstance(one, ast.keyword)}
    texts = [one.args for one in nodes if isinstance(one, ast.Call)]
    return words | {
        part.value
        for arguments in texts
        for one in arguments
        for part in ast.walk(one)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
