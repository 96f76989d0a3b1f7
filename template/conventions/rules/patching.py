"""Changes of rows by requests that name some fields: the others must keep their values."""

import ast
from collections.abc import Iterator

from pydantic import BaseModel
from typing_extensions import override

from conventions.annotations import models_in_annotation
from conventions.facts.facts import Facts
from conventions.facts.symbols import Symbol
from conventions.facts.trace import Trace
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source

_ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
_ROW = "sqlalchemy.orm.DeclarativeBase"
_OMITTING = {"exclude_unset", "exclude_none", "exclude_defaults"}
_GIVEN = "model_fields_set"


@rule("patch-that-nulls")
def find_patches_that_null(service: Service) -> Iterator[Violation]:
    """Find rows that get the default of every field that a PATCH omits."""
    facts = service.facts
    defaults = _Defaults(facts, _models_of_patches(service))
    for source in facts.files(*_ABOVE_CORE):
        for node in (*source.nodes(ast.Assign), *source.calls()):
            for home, value in _stored(facts, source, node):
                if not _knows_given(source, node) and defaults.origin(home, value):
                    at, place = defaults.place or (source, node)
                    yield at.violation(place, "stores null in the fields that a PATCH omits")
                    break


def _models_of_patches(service: Service) -> dict[str, type[BaseModel]]:
    """Return the models, by name, that PATCH endpoints alone take."""
    methods: dict[type[BaseModel], set[str]] = {}
    for endpoint in service.routes:
        for param in endpoint.dependant.body_params:
            for kind in models_in_annotation(param.field_info.annotation):
                methods.setdefault(kind, set()).update(endpoint.methods)
    patches = (kind for kind, used in methods.items() if used == {"PATCH"})
    return {f"{kind.__module__}.{kind.__qualname__}": kind for kind in patches}


class _Defaults(Trace):
    """Values of fields of a PATCH, where a field that is omitted is `None`."""

    def __init__(self, facts: Facts, models: dict[str, type[BaseModel]]) -> None:
        super().__init__(facts.graph)
        self._models = models

    @override
    def starts_at(self, source: Source, node: ast.expr) -> str:
        match node:
            case ast.Call(
                func=ast.Attribute(value=value, attr="model_dump" | "dict"), keywords=options
            ):
                omits = any(one.arg in _OMITTING or one.arg is None for one in options)
                return "" if omits or not self._is_patch(source, value) else "null"
            case ast.Call(func=ast.Name(id="dict" | "vars"), args=[value]):
                return "null" if self._is_patch(source, value) else ""
            case ast.Attribute(value=value, attr=name):
                return "null" if self._is_patch(source, value, name) else ""
        return ""

    @override
    def stops_at(self, source: Source, node: ast.expr) -> bool:
        return isinstance(node, ast.BoolOp | ast.IfExp | ast.Lambda)

    @override
    def starts_at_parameter(
        self,
        source: Source,
        parameter: ast.arg,
        *,
        is_called: bool,
    ) -> str | None:
        return None if is_called else ""

    def _is_patch(self, source: Source, node: ast.expr, name: str = "") -> bool:
        """Return whether an expression is a PATCH in which a field, or any field, may be `None`."""
        for symbol in self.resolver.resolve_all(source, node):
            kind = self._models.get(symbol.name) if symbol.is_object else None
            fields = kind.model_fields if kind else {}
            named = [fields[name]] if name in fields else [] if name else fields.values()
            if any(not one.is_required() and one.default is None for one in named):
                return True
        return False


def _stored(facts: Facts, source: Source, node: ast.AST) -> Iterator[tuple[Source, ast.expr]]:
    """Yield the values that a statement stores in columns."""
    if isinstance(node, ast.Assign):
        pairs = [(node.targets[0], node.value)]
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = list(zip(targets, values, strict=False))
        for target, value in pairs:
            owner = target.value if isinstance(target, ast.Attribute) else None
            if any(facts.resolver.is_subclass(o, _ROW) for o in _objects(facts, source, owner)):
                yield source, value
    elif isinstance(node, ast.Call):
        names = facts.names(source, node.func)
        if "builtins.setattr" in names and node.args[2:]:
            yield from _read(facts, source, node.args[2])
        elif any(one.startswith("sqlalchemy.") and one.endswith(".values") for one in names):
            values = (*node.args, *(one.value for one in node.keywords))
            yield from ((source, one) for one in values)


def _objects(facts: Facts, source: Source, node: ast.expr | None) -> list[Symbol]:
    return [one for one in facts.resolver.resolve_all(source, node) if one.is_object]


def _read(facts: Facts, source: Source, node: ast.expr) -> Iterator[tuple[Source, ast.expr]]:
    """Yield a value; for `getattr(changes, name)`, the values with which `changes` was made."""
    yield source, node
    if isinstance(node, ast.Call) and "builtins.getattr" in facts.names(source, node.func):
        for symbol in _objects(facts, source, node.args[0]):
            for edge in facts.graph.constructions(symbol.node) if symbol.node else ():
                given = edge.site.args if isinstance(edge.site, ast.Call) else []
                yield from ((edge.caller.source, one) for one in given)


def _knows_given(source: Source, node: ast.AST) -> bool:
    """Return whether the code around a statement asks which fields were sent."""
    function = source.enclosing_function(node)
    is_asked = any(isinstance(part, ast.If) for part in source.parents(node))
    return is_asked or _GIVEN in ast.unparse(function or node)


RULES = (find_patches_that_null,)
