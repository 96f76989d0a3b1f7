"""Statements and sessions in functions, and the session calls that a route reaches."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from conventions.call_graph import reachable_sites
from conventions.endpoint import Endpoint
from conventions.service import Service
from conventions.source import Function, Source, parameters_of

STATEMENT_FUNCTIONS = {
    f"sqlalchemy.{package}{kind}": kind
    for package in ("", "dialects.postgresql.")
    for kind in ("select", "insert", "update", "delete")
}
EXECUTE_METHODS = {"execute", "scalar", "scalars", "stream", "stream_scalars", "get", "get_one"}
DATABASE, OWNED = "app.core.db.session", "app.accounts.owned"
READ_SESSIONS = {f"{DATABASE}.ReadSession", f"{OWNED}.OwnReadSession"}
SESSIONS = {"sqlalchemy.ext.asyncio.AsyncSession", f"{DATABASE}.Session", f"{OWNED}.OwnSession"}
SESSIONS |= {f"{OWNED}.OwnerSession"} | READ_SESSIONS
FACTORIES = {f"{DATABASE}.AsyncSessionLocal", f"{DATABASE}.ReadSessionLocal"}

Calls = tuple[ast.Call, ...]
Columns = list[tuple[ast.expr, Column[Any]]]


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement: the call that receives it, and the chain of calls that builds it.

    Attributes:
        service: The service.
        source: The file.
        receiver: The call, such as `session.execute(…)`.
        chain: The calls, such as `select(…)` and `.where(…)`.
    """

    service: Service
    source: Source
    receiver: ast.Call
    chain: Calls

    @property
    def kind(self) -> str:
        """`select`, `insert`, `update` or `delete`; `get` of `session.get(…)`."""
        return STATEMENT_FUNCTIONS.get(self.source.name_of(self.chain[0].func) or "", "get")

    @property
    def models(self) -> list[Mapper[Any]]:
        """The models that the statement names."""
        arguments = [argument for step in self.chain for argument in argument_values(step)]
        return [model for _, model in mapped_models_in(self.service, self.source, arguments)]

    def arguments_of(self, *methods: str) -> list[ast.expr]:
        """Return the arguments of some methods in the chain, or of all."""
        steps = [step for step in self.chain[1:] if not methods or method_of(step) in methods]
        return [argument for step in steps for argument in argument_values(step)]

    def calls(self, *methods: str) -> bool:
        """Return whether the chain has one of the methods."""
        return any(method_of(step) in methods for step in self.chain[1:])

    def conditions(self) -> Columns | None:
        """Return the columns of its conditions; `None` if a condition is defined elsewhere."""
        where = self.arguments_of("where", "filter")
        found = [columns_in(self.service, self.source, [condition]) for condition in where]
        by_name = [
            (keyword.value, model.columns[keyword.arg])
            for step in self.chain[1:]
            for keyword in (step.keywords if method_of(step) == "filter_by" else ())
            for model in self.models[:1]
            if keyword.arg and keyword.arg in model.columns
        ]
        return [one for columns in [*found, by_name] for one in columns] if all(found) else None


def method_of(call: ast.Call) -> str:
    """Return the name of the called method; empty for a function."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def argument_values(call: ast.Call) -> list[ast.expr]:
    """Return the values of all arguments of a call."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


@cache
def all_statements(service: Service) -> tuple[Statement, ...]:
    """Return the statements in `app/`."""
    return tuple(
        Statement(service, source, call, steps)
        for source, call in service.sources.under("app").nodes(ast.Call)
        for steps in _statements_passed_to(source, call)
    )


@cache
def executed_statements(service: Service) -> dict[ast.Call, Statement]:
    """Return the statements that are sent to the database, by the call that sends them."""
    return {
        each.receiver: each
        for each in all_statements(service)
        if method_of(each.receiver) in EXECUTE_METHODS
    }


def _statements_passed_to(source: Source, call: ast.Call) -> Iterator[Calls]:
    if method_of(call) in {"get", "get_one"} and call.args:
        yield (call,)
    yield from filter(None, (method_chain(source, argument) for argument in argument_values(call)))


def method_chain(source: Source, node: ast.AST | None) -> Calls:
    """Return the calls that build a statement; empty if they cannot be determined."""
    match node:
        case ast.Call() if source.name_of(node.func) in STATEMENT_FUNCTIONS:
            return (node,)
        case ast.Call(func=ast.Attribute(value=inner)):
            chain = method_chain(source, inner)
            return (*chain, node) if chain else ()
        case ast.Call(func=ast.Name(id=name)):
            enclosing = source.enclosing_function(node)
            named = (each for each in source.nodes(ast.FunctionDef) if each.name == name)
            last = next((each.body[-1] for each in named if each is not enclosing), None)
            return method_chain(source, last.value) if isinstance(last, ast.Return) else ()
        case ast.Name():
            return method_chain(source, last_assignment(source, node))
    return ()


def last_assignment(source: Source, name: ast.Name) -> ast.expr | None:
    """Return the value last assigned to a name: in its function, else in its file."""
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
def models_by_name(service: Service) -> dict[str, Mapper[Any]]:
    """Return the models by dotted name."""
    return {f"{m.class_.__module__}.{m.class_.__qualname__}": m for m in service.mappers}


def mapped_models_in(
    service: Service, source: Source, nodes: Iterable[ast.AST]
) -> Iterator[tuple[ast.expr, Mapper[Any]]]:
    """Yield each expression that refers to a model, and the model."""
    for node in (part for whole in nodes for part in ast.walk(whole)):
        if isinstance(node, ast.Name | ast.Attribute):
            model = models_by_name(service).get(source.name_of(node) or "")
            if model is not None:
                yield node, model


def columns_in(service: Service, source: Source, nodes: Iterable[ast.AST]) -> Columns:
    """Return each expression that refers to a column, such as `Note.title`, and the column."""
    return [
        (parent, model.columns[parent.attr])
        for node, model in mapped_models_in(service, source, nodes)
        if isinstance(parent := source.parent(node), ast.Attribute)
        if parent.attr in model.columns
    ]


def is_owned(model: type) -> bool:
    """Return whether each row of a model belongs to a user."""
    return any((kind.__module__, kind.__name__) == (OWNED, "Owned") for kind in model.__mro__)


def session_parameters(source: Source, function: Function) -> dict[str, str]:
    """Return the parameters that are sessions, each with the name of its type."""
    types = {one.arg: _type_of(source, one.annotation) for one in parameters_of(function)}
    return {name: kind for name, kind in types.items() if kind in SESSIONS}


def _type_of(source: Source, annotation: ast.expr | None) -> str:
    match annotation:
        case ast.Subscript(slice=ast.Tuple(elts=[kind, *_])):  # as in Annotated[AsyncSession, …]
            return _type_of(source, kind)
        case ast.Name() if assigned_value := last_assignment(
            source, annotation
        ):  # Db = Annotated[…]
            return _type_of(source, assigned_value)
    return (source.name_of(annotation) or "") if annotation else ""


def opened_sessions(source: Source, function: Function) -> Iterator[str]:
    """Yield the names of the sessions that a function opens."""
    for node in ast.walk(function):
        for item in node.items if isinstance(node, ast.AsyncWith) else ():
            if isinstance(item.optional_vars, ast.Name) and opens_session(
                source, item.context_expr
            ):
                yield item.optional_vars.id


def opens_session(source: Source, node: ast.AST) -> bool:
    """Return whether a node calls a session factory, or its `begin`."""
    name = source.name_of(node.func) if isinstance(node, ast.Call) else None
    return (name or "").removesuffix(".begin") in FACTORIES


class SessionFunction(NamedTuple):
    """A function with a session, and the name of the session in it."""

    source: Source
    function: Function
    session: str

    def session_calls(self) -> Iterator[ast.Call]:
        """Yield every call of a method of the session, or with the session as argument."""
        for node in ast.walk(self.function):
            if isinstance(node, ast.Call):
                names = (getattr(node.func, "value", None), *argument_values(node))
                if any(isinstance(one, ast.Name) and one.id == self.session for one in names):
                    yield node


def session_functions(service: Service, *places: str) -> Iterator[SessionFunction]:
    """Yield every function in these folders with a session as parameter."""
    for source in service.sources.under(*places):
        for function in source.functions():
            for session in session_parameters(source, function):
                yield SessionFunction(source, function, session)


@cache
def reachable_session_calls(service: Service, endpoint: Endpoint) -> tuple[ast.Call, ...]:
    """Return every call of a session method that an endpoint reaches in other functions."""
    has_session = session_parameters(endpoint.source, endpoint.node)
    return tuple(
        step.node
        for step in (reachable_sites(service, endpoint) if has_session else ())
        if (function := step.source.enclosing_function(step.node))
        if isinstance(step.node, ast.Call) and isinstance(step.node.func, ast.Attribute)
        if ast.unparse(step.node.func.value) in session_parameters(step.source, function)
    )
