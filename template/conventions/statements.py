"""What functions do with their sessions: the statements that they use, and what a route reaches."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from conventions.endpoint import Endpoint
from conventions.reach import steps_of
from conventions.service import Service
from conventions.source import Function, Source, parameters_of

BUILDERS = {
    f"sqlalchemy.{package}{kind}": kind
    for package in ("", "dialects.postgresql.")
    for kind in ("select", "insert", "update", "delete")
}
EXECUTING = {"execute", "scalar", "scalars", "stream", "stream_scalars", "get", "get_one"}
DATABASE, OWNED = "app.core.db.session", "app.accounts.owned"
READING = {f"{DATABASE}.ReadSession", f"{OWNED}.OwnReadSession"}
SESSIONS = {"sqlalchemy.ext.asyncio.AsyncSession", f"{DATABASE}.Session", f"{OWNED}.OwnSession"}
SESSIONS |= {f"{OWNED}.OwnerSession"}
SESSIONS |= READING
FACTORIES = {f"{DATABASE}.AsyncSessionLocal", f"{DATABASE}.ReadSessionLocal"}

Calls = tuple[ast.Call, ...]
Columns = list[tuple[ast.expr, Column[Any]]]


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement where it is used: the call that gets it, and the calls that build it."""

    service: Service
    source: Source
    use: ast.Call
    steps: Calls

    @property
    def kind(self) -> str:
        """`select`, `insert`, `update` or `delete`; `get` of `session.get(…)`."""
        return BUILDERS.get(self.source.name_of(self.steps[0].func) or "", "get")

    @property
    def models(self) -> list[Mapper[Any]]:
        """The models that it names."""
        given = [argument for step in self.steps for argument in arguments(step)]
        return [model for _, model in models_in(self.service, self.source, given)]

    def given(self, *methods: str) -> list[ast.expr]:
        """Return what some of its methods are given, or all of them."""
        steps = [step for step in self.steps[1:] if not methods or method_of(step) in methods]
        return [argument for step in steps for argument in arguments(step)]

    def has(self, *methods: str) -> bool:
        """Return whether one of the methods is called."""
        return any(method_of(step) in methods for step in self.steps[1:])

    def conditions(self) -> Columns | None:
        """Return the columns of its conditions; `None` if a condition stands somewhere else."""
        where = self.given("where", "filter")
        found = [columns_in(self.service, self.source, [condition]) for condition in where]
        by_name = [
            (keyword.value, model.columns[keyword.arg])
            for step in self.steps[1:]
            for keyword in (step.keywords if method_of(step) == "filter_by" else ())
            for model in self.models[:1]
            if keyword.arg and keyword.arg in model.columns
        ]
        return [one for columns in [*found, by_name] for one in columns] if all(found) else None


def method_of(call: ast.Call) -> str:
    """Return the name of the method that is called; of a function nothing."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def arguments(call: ast.Call) -> list[ast.expr]:
    """Return the values of all arguments."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


@cache
def statements(service: Service) -> tuple[Statement, ...]:
    """Return the statements that are used in `app/`."""
    return tuple(
        Statement(service, source, call, steps)
        for source, call in service.sources.under("app").nodes(ast.Call)
        for steps in _given_to(source, call)
    )


@cache
def executed(service: Service) -> dict[ast.Call, Statement]:
    """Return the statements that go to the database, by the call that sends them."""
    return {each.use: each for each in statements(service) if method_of(each.use) in EXECUTING}


def _given_to(source: Source, call: ast.Call) -> Iterator[Calls]:
    if method_of(call) in {"get", "get_one"} and call.args:
        yield (call,)
    yield from filter(None, (unroll(source, argument) for argument in arguments(call)))


def unroll(source: Source, node: ast.AST | None) -> Calls:
    """Return the calls that build a statement; none where that is not to be seen."""
    match node:
        case ast.Call() if source.name_of(node.func) in BUILDERS:
            return (node,)
        case ast.Call(func=ast.Attribute(value=inner)):
            begun = unroll(source, inner)
            return (*begun, node) if begun else ()
        case ast.Call(func=ast.Name(id=name)):
            around, made = source.enclosing_function(node), source.nodes(ast.FunctionDef)
            named = (each.body[-1] for each in made if each.name == name and each is not around)
            last = next(named, None)
            return unroll(source, last.value) if isinstance(last, ast.Return) else ()
        case ast.Name():
            return unroll(source, held_by(source, node))
    return ()


def held_by(source: Source, name: ast.Name) -> ast.expr | None:
    """Return what a name holds: what its function gave it last, else what the file did."""
    scope = source.enclosing_function(name)
    found = [
        (inside is scope, node.lineno, node.value)
        for node in source.nodes(ast.Assign)
        if any(isinstance(to, ast.Name) and to.id == name.id for to in node.targets)
        if (inside := source.enclosing_function(node)) in {scope, None}
        if inside is not scope or (node.end_lineno or 0) < name.lineno
    ]
    return max(found, key=lambda one: one[:2])[2] if found else None


@cache
def models_of(service: Service) -> dict[str, Mapper[Any]]:
    """Return the models by their dotted names."""
    return {f"{m.class_.__module__}.{m.class_.__qualname__}": m for m in service.mappers}


def models_in(
    service: Service, source: Source, nodes: Iterable[ast.AST]
) -> Iterator[tuple[ast.expr, Mapper[Any]]]:
    """Yield each place that names a model, and the model."""
    for node in (part for whole in nodes for part in ast.walk(whole)):
        if isinstance(node, ast.Name | ast.Attribute):
            model = models_of(service).get(source.name_of(node) or "")
            if model is not None:
                yield node, model


def columns_in(service: Service, source: Source, nodes: Iterable[ast.AST]) -> Columns:
    """Return each place that names a column, as `Note.title`, and the column."""
    return [
        (parent, model.columns[parent.attr])
        for node, model in models_in(service, source, nodes)
        if isinstance(parent := source.parent(node), ast.Attribute)
        if parent.attr in model.columns
    ]


def is_owned(model: type) -> bool:
    """Return whether each row of a model belongs to a user."""
    return any((kind.__module__, kind.__name__) == (OWNED, "Owned") for kind in model.__mro__)


def sessions_of(source: Source, function: Function) -> dict[str, str]:
    """Return the parameters that are sessions, each with the name of its type."""
    named = {one.arg: _type_of(source, one.annotation) for one in parameters_of(function)}
    return {name: kind for name, kind in named.items() if kind in SESSIONS}


def _type_of(source: Source, annotation: ast.expr | None) -> str:
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[kind, *_])):  # as in Annotated[AsyncSession, …]
            return _type_of(source, kind)
        case ast.Name() if held := held_by(source, annotation):  # Db = Annotated[…]
            return _type_of(source, held)
    return (source.name_of(annotation) or "") if annotation else ""


def opened_in(source: Source, function: Function) -> Iterator[str]:
    """Yield what a function calls the sessions that it opens itself."""
    for node in ast.walk(function):
        for item in node.items if isinstance(node, ast.AsyncWith) else ():
            if isinstance(item.optional_vars, ast.Name) and opens(source, item.context_expr):
                yield item.optional_vars.id


def opens(source: Source, node: ast.AST) -> bool:
    """Return whether this calls a session factory, or its `begin`."""
    name = source.name_of(node.func) if isinstance(node, ast.Call) else None
    return (name or "").removesuffix(".begin") in FACTORIES


class Holder(NamedTuple):
    """A function that has a session, and what it calls it."""

    source: Source
    function: Function
    session: str

    def uses(self) -> Iterator[ast.Call]:
        """Yield every call that is made on the session, or is given it."""
        for node in ast.walk(self.function):
            if isinstance(node, ast.Call):
                parties = (getattr(node.func, "value", None), *arguments(node))
                if any(isinstance(one, ast.Name) and one.id == self.session for one in parties):
                    yield node


def holders(service: Service, *places: str) -> Iterator[Holder]:
    """Yield every function in these folders that is given a session."""
    for source in service.sources.under(*places):
        for function in source.functions():
            for session in sessions_of(source, function):
                yield Holder(source, function, session)


@cache
def reached(service: Service, endpoint: Endpoint) -> tuple[ast.Call, ...]:
    """Return every call that an endpoint with a session comes to on one that was handed on."""
    has_one = sessions_of(endpoint.source, endpoint.node)
    return tuple(
        step.node
        for step in (steps_of(service, endpoint) if has_one else ())
        if (function := step.source.enclosing_function(step.node))
        if isinstance(step.node, ast.Call) and isinstance(step.node.func, ast.Attribute)
        if ast.unparse(step.node.func.value) in sessions_of(step.source, function)
    )
