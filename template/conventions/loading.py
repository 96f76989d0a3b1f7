"""Rows: the statement that loads a row of a model, and the relations that it loads with it."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.orm import Mapper, RelationshipProperty

from conventions.facts.bindings import Binding, How
from conventions.facts.calling import own_nodes
from conventions.facts.statements import argument_values, method_of
from conventions.facts.symbols import Kind
from conventions.service import Service
from conventions.source import Source, last_name
from conventions.statements import Statement, all_statements, mapped_models_in, models_by_name
from conventions.vocabulary import OWNED, PAGINATE

Path = tuple[str, ...]
LAZY = {"raise", "raise_on_sql", "select", "noload"}
_LOADING = {"selectinload", "joinedload", "subqueryload", "immediateload", "contains_eager"}
_OTHER_OPTIONS = {"lazyload", "raiseload", "noload", "defaultload"}
_OF_COLUMNS = {"load_only", "undefer", "defer", "owned_by", "with_loader_criteria", "ALL_OWNERS"}
_SENDING = {"execute", "scalar", "scalars", "stream", "stream_scalars", "get", "get_one"}
_PASSING = {"all", "one", "one_or_none", "first", "scalars", "unique", "scalar_one", "fetchall"}
_PASSING |= {"scalar_one_or_none"}
_COPIES = {"list", "tuple", "set", "sorted", "reversed", "iter", "next"}


@dataclass(frozen=True, eq=False)
class Row:
    """A row, or rows, that a call loads.

    Attributes:
        source: The file of the call.
        call: The call.
        model: The model of the row.
        loaded: The relations that are loaded, as paths from the row.
        through: The relation by which the row was reached.
    """

    source: Source
    call: ast.Call
    model: Mapper[Any]
    loaded: frozenset[Path]
    through: RelationshipProperty[Any] | None = None

    def lacks(self, path: Path) -> bool:
        """Return whether reading a path of relations raises, or sends a statement."""
        relation: Any = self.model.relationships.get(path[0])
        if relation is None or relation.lazy not in LAZY:
            return False
        is_set_along = self.through is not None and relation.back_populates == self.through.key
        related = self.related(path[0])
        if related is None:
            return relation.uselist or not is_set_along
        return len(path) > 1 and related.lacks(path[1:])

    def related(self, name: str) -> "Row | None":
        """Return the row of a relation; `None` if it is not loaded."""
        relation: Any = self.model.relationships.get(name)
        if relation is None or (name,) not in self.loaded:
            return None
        rest = frozenset(path[1:] for path in self.loaded if path[0] == name and path[1:])
        return Row(self.source, self.call, relation.mapper, rest, relation)


class Rows:
    """The rows that expressions refer to.

    Args:
        service: The service.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._facts = service.facts
        self._statements = {one.receiver: one for one in all_statements(service)}
        self._models = models_by_name(service)
        self._open: set[ast.AST] = set()

    def row(self, source: Source, node: ast.expr | None) -> Row | None:
        """Return the row that an expression refers to; `None` if it is unknown or depends."""
        if node is None or node in self._open:
            return None
        self._open.add(node)
        found = self._row(source, node)
        self._open.discard(node)
        return found

    def _row(self, source: Source, node: ast.expr) -> Row | None:
        match node:
            case ast.Await(value=inner) | ast.NamedExpr(value=inner) | ast.Starred(value=inner):
                return self.row(source, inner)
            case ast.Name():
                bindings = self._facts.resolver.bindings(source).reaching(node, node.id)
                return _only(self._bound(source, one) for one in bindings)
            case ast.Attribute(value=inner, attr=name):
                owner = self.row(source, inner)
                return owner if owner is None or name == "items" else owner.related(name)
            case ast.Call():
                return self._of_call(source, node)
        return None

    def _bound(self, source: Source, binding: Binding) -> Row | None:
        is_whole = binding.how in {How.ASSIGNED, How.ITERATED} and not binding.path
        return self.row(source, binding.value) if is_whole else None

    def _of_call(self, source: Source, call: ast.Call) -> Row | None:
        statement, method = self._statements.get(call), method_of(call)
        is_page = PAGINATE in self._facts.names(source, call.func)
        if statement is not None and (is_page or method in _SENDING):
            return self._loaded(statement)
        if isinstance(call.func, ast.Attribute) and method in _PASSING:
            return self.row(source, call.func.value)
        if isinstance(call.func, ast.Name) and call.func.id in _COPIES and call.args:
            return self.row(source, call.args[0])
        return self._of_own_call(source, call)

    def _of_own_call(self, source: Source, call: ast.Call) -> Row | None:
        callee = self._facts.resolver.resolve(source, call.func)
        if callee is None or callee.source is None or callee.node is None:
            return None
        if callee.is_class and callee.name in self._models:
            given = frozenset((one.arg,) for one in call.keywords if one.arg)
            return Row(source, call, self._models[callee.name], given)
        if callee.kind is not Kind.FUNCTION:
            return None
        home = callee.source
        returns = (one.value for one in own_nodes(callee.node) if isinstance(one, ast.Return))
        return _only(self.row(home, one) for one in returns if one and not _is_none(one))

    def _loaded(self, statement: Statement) -> Row | None:
        """Return the rows that a statement loads, if they are whole rows of one model."""
        roots = [s for s in statement.steps if s.method == "returning"] or statement.steps[:1]
        arguments = roots[0].call.args[: 1 if statement.kind == "get" else None]
        found = list(mapped_models_in(self._service, roots[0].source, arguments))
        if len(arguments) != 1 or len(found) != 1 or found[0][0] is not arguments[0]:
            return None
        paths: set[Path] = set()
        for source, option in self._options(statement):
            parsed = _paths(self._service, source, option, ())
            if parsed is None:
                return None
            paths |= parsed
        return Row(statement.source, statement.receiver, found[0][1], frozenset(paths))

    def _options(self, statement: Statement) -> Iterator[tuple[Source, ast.expr]]:
        yield from statement.arguments_of("options")
        for keyword in statement.receiver.keywords:
            if keyword.arg == "options":
                listed = getattr(keyword.value, "elts", [keyword.value])
                yield from ((statement.source, one) for one in listed)


def _only(rows: Iterable[Row | None]) -> Row | None:
    """Return the row if all are loaded by the same call."""
    found = list(rows)
    calls = {row.call if row else None for row in found}
    return found[0] if len(calls) == 1 else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _paths(service: Service, source: Source, node: ast.expr, before: Path) -> set[Path] | None:
    """Return the paths of relations that an option loads; `None` if that is unknown."""
    if isinstance(node, ast.Name) and not isinstance(node, ast.Call):
        names = service.facts.names(source, node)
        if f"{OWNED}.ALL_OWNERS" in names:
            return set()
        value = service.facts.resolver.value_behind(source, node)
        return _paths(service, source, value, before) if value is not None else None
    found: set[Path] = set()
    path = before
    for call in _chain(node):
        name = last_name(call)
        if name == "options":
            for inner in argument_values(call):
                found |= _paths(service, source, inner, path) or set()
        elif name in _LOADING | _OTHER_OPTIONS and call.args:
            path = (*path, last_name(call.args[0]))
            found |= {path} if name in _LOADING else set()
        elif name not in _OF_COLUMNS:
            return None
    return found if isinstance(node, ast.Call) else None


def _chain(node: ast.expr) -> list[ast.Call]:
    """Return the calls in `selectinload(…).joinedload(…)`, the first one first."""
    calls: list[ast.Call] = []
    while isinstance(node, ast.Call):
        calls.insert(0, node)
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return calls


@cache
def needed_by(service: Service, model: Mapper[Any], member: str) -> frozenset[Path]:
    """Return the paths of relations that a method or a property of a model reads."""
    source = service.source_of(model.class_)
    node = source.class_named(model.class_.__qualname__) if source else None
    functions = [one for one in getattr(node, "body", ()) if getattr(one, "name", "") == member]
    attributes = (one for function in functions for one in ast.walk(function))
    paths = (_path_of(one) for one in attributes if isinstance(one, ast.Attribute))
    return frozenset(path for path in paths if path and path[0] in model.relationships)


def _path_of(node: ast.expr) -> Path:
    """Return `("show", "host")` for `self.show.host`; empty for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return tuple(names) if isinstance(node, ast.Name) and node.id == "self" else ()
