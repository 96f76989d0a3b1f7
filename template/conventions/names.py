"""Dotted names of expressions, resolved through variables.

A variable has the name of its annotation or of the value assigned to it: `path.open` is
`pathlib.Path.open` after `path: Path` as well as after `path = Path(name)`.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Annotated, get_args, get_origin

from conventions.service import Service
from conventions.source import Source

MAX_STEPS = 12
_WRAPPERS = {"typing.Annotated", "typing.Optional"}
_LOOKUPS = {"app.core.services.get", "app.core.services.find"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

Bindings = dict[ast.AST, dict[str, list[tuple[int, ast.expr]]]]
"""The values and annotations of each variable with their lines, by scope and name."""


def resolve_name(source: Source, node: ast.AST, *, steps: int = MAX_STEPS) -> str:
    """Return the dotted name of an expression, or of its type; empty if it is unknown."""
    value = (
        assigned_value(source, node)
        if steps and isinstance(node, ast.Name | ast.Attribute)
        else None
    )
    name = resolve_name(source, value, steps=steps - 1) if value else ""
    match node if steps and not name else None:
        case ast.Name():
            name = _annotated_type(source.name_of(node) or "")
        case ast.Call(func=lookup, args=[kind]) if source.name_of(lookup) in _LOOKUPS:
            name = resolve_name(source, kind, steps=steps - 1)
        case ast.Await(value=inner) | ast.Call(func=inner) | ast.NamedExpr(value=inner):
            name = resolve_name(source, inner, steps=steps - 1)
        case ast.BinOp(left=inner, op=ast.BitOr() | ast.Div()):
            name = resolve_name(source, inner, steps=steps - 1)
        case ast.Subscript(value=inner, slice=part):
            first = next(iter(part.elts), part) if isinstance(part, ast.Tuple) else part
            name = resolve_name(source, inner, steps=steps - 1)
            name = resolve_name(source, first, steps=steps - 1) if name in _WRAPPERS else name
        case ast.Attribute(value=owner, attr=attribute):
            before = resolve_name(source, owner, steps=steps - 1)
            name = before and source.canonical_name(f"{before}.{attribute}")
    return name


def _annotated_type(name: str) -> str:
    """Return the class behind an `Annotated[…]` of the service, such as `Session`."""
    module, _, last = name.rpartition(".")
    alias = getattr(sys.modules.get(module), last, None) if name.startswith("app.") else None
    kind = get_args(alias)[0] if get_origin(alias) is Annotated else None
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else name


def assigned_value(source: Source, node: ast.Name | ast.Attribute) -> ast.expr | None:
    """Return the value or annotation that a variable, or `self.…`, last had before a node."""
    ancestors = list(source.parents(node))
    if isinstance(node, ast.Attribute):
        kind = source.enclosing_class(node) if _is_self(node.value) else None
        found = _bindings(source)[kind].get(f"self.{node.attr}") if kind else None
        return found[0][1] if found else None
    for scope in ancestors:
        is_undefined = isinstance(scope, ast.Module) and source.name_of(node) is None
        if not is_undefined and (found := _bindings(source)[scope].get(node.id)):
            others = [(line, value) for line, value in found if value not in ancestors]
            before = [value for line, value in others if line <= node.lineno]
            return next(iter([*before[::-1], *(value for _, value in others)]), None)
    return None


def calls_in(service: Service, *places: str) -> Iterator[tuple[Source, ast.Call, str]]:
    """Yield every call in `app/`, or in other places, with the name of the called function."""
    for source, call in service.sources.under(*(places or ("app",))).nodes(ast.Call):
        yield source, call, resolve_name(source, call.func)


def last_name(node: ast.AST) -> str:
    """Return the last part of a name: `send` of `mailer.send(…)`; empty if there is no name."""
    node = node.func if isinstance(node, ast.Call) else node
    return getattr(node, "attr", None) or getattr(node, "id", "")


def constants_in(node: ast.AST) -> set[object]:
    """Return the values of all constants in an expression."""
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}


def enclosing_callable(source: Source, node: ast.AST) -> ast.AST | None:
    """Return the innermost function or lambda around a node."""
    return next((p for p in source.parents(node) if isinstance(p, _FUNCTIONS)), None)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


@cache
def _bindings(source: Source) -> Bindings:
    found: Bindings = defaultdict(lambda: defaultdict(list))
    for target, value in _assignments(source):
        if isinstance(target, ast.Attribute) and _is_self(target.value):
            if kind := source.enclosing_class(target):
                found[kind][f"self.{target.attr}"].append((target.lineno, value))
        elif isinstance(target, ast.Name | ast.arg):
            name = target.id if isinstance(target, ast.Name) else target.arg
            scope = _enclosing_scope(source, target)
            name = f"self.{name}" if isinstance(scope, ast.ClassDef) else name
            found[scope][name].append((target.lineno, value))
    for names in found.values():
        for values in names.values():
            values.sort(key=lambda pair: pair[0])
    return found


def _enclosing_scope(source: Source, node: ast.AST) -> ast.AST:
    kinds = _FUNCTIONS | ast.ClassDef | ast.Module
    return next(parent for parent in source.parents(node) if isinstance(parent, kinds))


def _assignments(source: Source) -> Iterator[tuple[ast.expr | ast.arg, ast.expr]]:
    """Yield every variable with its annotation or the value assigned to it."""
    for node in source.nodes(ast.arg, ast.AnnAssign, ast.Assign, ast.NamedExpr, ast.withitem):
        match node:
            case ast.arg(annotation=ast.expr() as annotation):
                yield node, _unquoted(annotation)
            case ast.AnnAssign(target=target, annotation=annotation):
                yield target, _unquoted(annotation)
            case (
                ast.Assign(targets=[target], value=value)
                | ast.NamedExpr(target=target, value=value)
            ):
                yield target, value
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                yield target, value


def _unquoted(annotation: ast.expr) -> ast.expr:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with suppress(SyntaxError):
            return ast.parse(annotation.value, mode="eval").body
    return annotation
