"""Statements as rules read them: their kind, their models, and the calls that execute them."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from conventions.endpoint import Endpoint
from conventions.facts.graph import Edge, Runs
from conventions.facts.statements import Step, argument_values, method_of
from conventions.service import Service
from conventions.source import Source
from conventions.vocabulary import OWNED_MODEL

EXECUTE_METHODS = {"execute", "scalar", "scalars", "stream", "stream_scalars", "get", "get_one"}

Columns = list[tuple[ast.expr, Column[Any]]]


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement: the call that receives it, and the steps that build it.

    Attributes:
        service: The service.
        source: The file of the call.
        receiver: The call, such as `session.execute(…)`.
        steps: The calls that build it, such as `select(…)` and `.where(…)`.
    """

    service: Service
    source: Source
    receiver: ast.Call
    steps: tuple[Step, ...]

    @property
    def kind(self) -> str:
        """`select`, `insert`, `update` or `delete`; `get` of `session.get(…)`."""
        first = self.steps[0]
        return self.service.facts.statements.kind(first.source, first.call) or "get"

    @property
    def models(self) -> list[Mapper[Any]]:
        """The models that the statement names."""
        return [
            model
            for step in self.steps
            for _, model in mapped_models_in(self.service, step.source, argument_values(step.call))
        ]

    @property
    def model_names(self) -> list[str]:
        """The dotted names of those models."""
        return [f"{one.class_.__module__}.{one.class_.__qualname__}" for one in self.models]

    def columns(self) -> Columns:
        """Return every column that the statement names."""
        return [
            column
            for step in self.steps
            for column in columns_in(self.service, step.source, argument_values(step.call))
        ]

    def arguments_of(self, *methods: str) -> list[tuple[Source, ast.expr]]:
        """Return the arguments of some methods in the chain, or of all, each with its file."""
        return [
            (step.source, argument)
            for step in self.steps[1:]
            if not methods or step.method in methods
            for argument in argument_values(step.call)
        ]

    def calls(self, *methods: str) -> bool:
        """Return whether the chain has one of the methods."""
        return any(step.method in methods for step in self.steps[1:])

    def columns_of(self, *methods: str) -> Columns:
        """Return the columns in the arguments of some methods."""
        found = self.arguments_of(*methods)
        return [c for source, node in found for c in columns_in(self.service, source, [node])]

    def conditions(self) -> Columns | None:
        """Return the columns of its conditions; `None` if a condition is defined elsewhere."""
        where = self.arguments_of("where", "filter")
        found = [columns_in(self.service, source, [condition]) for source, condition in where]
        by_name = [
            (keyword.value, model.columns[keyword.arg])
            for step in self.steps[1:]
            for keyword in (step.call.keywords if step.method == "filter_by" else ())
            for model in self.models[:1]
            if keyword.arg and keyword.arg in model.columns
        ]
        return [one for columns in [*found, by_name] for one in columns] if all(found) else None


@cache
def all_statements(service: Service) -> tuple[Statement, ...]:
    """Return the statements in `app/`."""
    return tuple(
        Statement(service, source, call, steps)
        for source, call in service.sources.under("app").nodes(ast.Call)
        for steps in _statements_passed_to(service, source, call)
    )


def _statements_passed_to(
    service: Service, source: Source, call: ast.Call
) -> Iterator[tuple[Step, ...]]:
    if method_of(call) in {"get", "get_one"} and call.args:
        yield (Step(source, call),)
    reader = service.facts.statements
    yield from filter(None, (reader.steps(source, one) for one in argument_values(call)))


@cache
def executed_statements(service: Service) -> dict[ast.Call, Statement]:
    """Return the statements that are sent to the database, by the call that sends them."""
    return {
        each.receiver: each
        for each in all_statements(service)
        if method_of(each.receiver) in EXECUTE_METHODS
    }


@cache
def models_by_name(service: Service) -> dict[str, Mapper[Any]]:
    """Return the models by dotted name."""
    return {f"{m.class_.__module__}.{m.class_.__qualname__}": m for m in service.mappers}


def mapped_models_in(
    service: Service, source: Source, nodes: Iterable[ast.AST]
) -> Iterator[tuple[ast.expr, Mapper[Any]]]:
    """Yield each expression that refers to a model, and the model."""
    models = models_by_name(service)
    for node in (part for whole in nodes for part in ast.walk(whole)):
        if isinstance(node, ast.Name | ast.Attribute):
            for symbol in service.facts.resolver.resolve_all(source, node):
                if symbol.is_class and symbol.name in models:
                    yield node, models[symbol.name]


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
    return any(f"{kind.__module__}.{kind.__name__}" == OWNED_MODEL for kind in model.__mro__)


@cache
def session_edges(service: Service, endpoint: Endpoint) -> tuple[Edge, ...]:
    """Return the edges by which an endpoint, or code that it runs, works with a session."""
    facts = service.facts
    start = facts.code(endpoint.source, endpoint.node)
    reached = facts.graph.reachable(start, except_runs=frozenset({Runs.DEPENDENCY, Runs.JOB}))
    return tuple(
        edge
        for edge in reached
        if isinstance(edge.site, ast.Call) and isinstance(edge.site.func, ast.Attribute)
        if edge.caller.source.layer != "core"
        if facts.sessions.is_session(edge.caller.source, edge.site.func.value)
    )
