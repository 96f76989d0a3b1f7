"""Relations: read although the statement that read the row has not loaded them."""

import ast
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard, get_args

from pydantic import AliasPath, BaseModel
from sqlalchemy.orm import Mapper

from conventions.endpoint import Endpoint
from conventions.facts.calling import own_nodes
from conventions.facts.statements import method_of
from conventions.findings import Violation
from conventions.loading import Path, Row, Rows, needed_by
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, constants_in, last_name


@rule("unloaded-relation")
def find_unloaded_relations(service: Service) -> Iterator[Violation]:
    """Find relations that code, or a response model, reads of rows without them."""
    rows = Rows(service)
    members = {name for model in service.mappers for name in dir(model.class_)}
    for source in service.sources.under("app/accounts", "app/features", "app/integrations"):
        for node in source.nodes(ast.Attribute):
            if node.attr in members and isinstance(node.ctx, ast.Load):
                row = rows.row(source, node.value)
                paths = _needed(service, row, node.attr) if row else frozenset[Path]()
                if row and _missing(row, paths, (source, node)):
                    message = f"`{ast.unparse(node)}` is not loaded with {_name(row)}"
                    yield source.violation(node, message)
    for endpoint in service.routes:
        yield from _unloaded_in_response(service, rows, endpoint)


def _needed(service: Service, row: Row, member: str) -> frozenset[Path]:
    if member in row.model.relationships:
        return frozenset({(member,)})
    return needed_by(service, row.model, member)


def _missing(row: Row, paths: Iterable[Path], *places: tuple[Source, ast.AST]) -> list[Path]:
    """Return the paths that are not loaded, and that the functions at some places do not set."""
    missing = sorted(path for path in paths if row.lacks(path))
    places = (*places, (row.source, row.call)) if missing else ()
    functions = [source.enclosing_function(node) for source, node in places]
    parts = [part for function in functions if function for part in ast.walk(function)]
    stored = {one.attr for one in parts if _is_stored(one)}
    calls = [one for one in parts if isinstance(one, ast.Call)]
    named = {value for call in calls for one in call.args for value in constants_in(one)}
    if not _is_sent(row) and not any(method_of(one) in {"flush", "commit"} for one in calls):
        return []  # of a row that is not stored yet, relations are empty
    return [path for path in missing if path[0] not in stored | named]


def _is_stored(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)


def _is_sent(row: Row) -> bool:
    """Return whether a statement loads the row; a new one is made by its class."""
    return last_name(row.call) != row.model.class_.__name__


def _unloaded_in_response(service: Service, rows: Rows, endpoint: Endpoint) -> Iterator[Violation]:
    for returned in own_nodes(endpoint.node):
        value = returned.value if isinstance(returned, ast.Return) else None
        if isinstance(value, ast.Call) and last_name(value) == "DataResponse" and value.args:
            value = value.args[0]
        row = rows.row(endpoint.source, value)
        if row is None or not _is_sent(row):
            continue
        for model in _models_in(endpoint.response_model):
            missing = _missing(row, _paths_of(service, model, row.model))
            if missing:
                message = f"{model.__name__} shows {'.'.join(missing[0])}, which is not loaded"
                yield row.source.violation(row.call, message)
                break


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """Yield the models in an annotation, within envelopes too."""
    generic = getattr(annotation, "__pydantic_generic_metadata__", {})
    inner = [*get_args(annotation), *generic.get("args", ())]
    for one in inner:
        yield from _models_in(one)
    if not inner and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation


def _paths_of(service: Service, shown: type[BaseModel], model: Mapper[Any]) -> Iterator[Path]:
    """Yield the relations that a response model reads of a row."""
    for name, field in shown.model_fields.items():
        alias = field.validation_alias
        key = alias.path[0] if isinstance(alias, AliasPath) else alias or name
        relation: Any = model.relationships.get(str(key))
        if relation is None:
            yield from needed_by(service, model, str(key))
            continue
        yield (str(key),)
        for inner in _models_in(field.annotation):
            yield from ((str(key), *path) for path in _paths_of(service, inner, relation.mapper))


def _name(row: Row) -> str:
    return row.model.class_.__name__


RULES = (find_unloaded_relations,)
