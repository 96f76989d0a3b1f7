"""Bindings: the places where names get values."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")

Scope = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class How(StrEnum):
    """The ways in which a name gets its value."""

    ASSIGNED = "assigned"
    ITERATED = "iterated"
    ENTERED = "entered"
    CAUGHT = "caught"
    MATCHED = "matched"
    DEFINED = "defined"
    IMPORTED = "imported"
    PARAMETER = "parameter"


@dataclass(frozen=True, eq=False, slots=True)
class Binding:
    """A place where a name gets a value.

    Attributes:
        how: The kind of the place.
        node: The definition, the import, the parameter or the target.
        value: The expression that is assigned, iterated, entered or caught.
        annotation: The declared type.
        path: The positions in the tuples that are unpacked; -1 for a starred target.
        alias: The imported name.
    """

    how: How
    node: ast.AST
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    path: tuple[int, ...] = ()
    alias: ast.alias | None = None


Named = Iterator[tuple[str, Binding]]


def bindings_of(node: ast.AST, *, has_walrus: bool = True) -> Named:
    """Yield the bindings of a statement itself, without those in its blocks."""
    if isinstance(node, DEFINITIONS):
        yield node.name, Binding(How.DEFINED, node)
        return
    yield from _assignments_of(node)
    yield from _bindings_of_head(node)
    if has_walrus:
        yield from walrus_bindings_of(node)


def _assignments_of(node: ast.AST) -> Named:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from bindings_to(How.ASSIGNED, target, value)
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            yield from bindings_to(How.ASSIGNED, target, value, annotation)
        case ast.AugAssign(target=ast.Name(id=name)):
            yield name, Binding(How.ASSIGNED, node)
        case ast.Import() | ast.ImportFrom():
            yield from _imports_of(node)
        case _ if type(node).__name__ == "TypeAlias":  # Python 3.12
            alias, value = getattr(node, "name", None), getattr(node, "value", None)
            yield from bindings_to(How.ASSIGNED, alias, value)


def _bindings_of_head(node: ast.AST) -> Named:
    """Yield the bindings in the head of a statement with a block."""
    match node:
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield from bindings_to(How.ITERATED, target, value)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                yield from bindings_to(How.ENTERED, item.optional_vars, item.context_expr)
        case ast.ExceptHandler(name=str(name), type=kind):
            yield name, Binding(How.CAUGHT, node, kind)
        case ast.match_case(pattern=pattern):
            yield from _captures_of(pattern)


def bindings_to(
    how: How, target: ast.expr | None, value: ast.expr | None, annotation: ast.expr | None = None
) -> Named:
    """Yield the bindings of the names in a target."""
    for part, path in unpacked(target) if target else ():
        if isinstance(part, ast.Name):
            yield part.id, Binding(how, part, value, annotation, path)


def unpacked(
    target: ast.expr, path: tuple[int, ...] = ()
) -> Iterator[tuple[ast.expr, tuple[int, ...]]]:
    """Yield every target in a target, with its positions in the tuples."""
    if isinstance(target, ast.Tuple | ast.List):
        for index, part in enumerate(target.elts):
            yield from unpacked(part, (*path, index))
    elif isinstance(target, ast.Starred):
        yield target.value, (*path[:-1], -1)
    else:
        yield target, path


def walrus_bindings_of(node: ast.AST) -> Named:
    """Yield the bindings by `:=` in the expressions of a statement."""
    parts = ast.iter_child_nodes(node)
    queue: list[ast.AST] = [one for one in parts if isinstance(one, ast.expr | ast.withitem)]
    while queue:
        part = queue.pop()
        if isinstance(part, ast.NamedExpr):
            yield part.target.id, Binding(How.ASSIGNED, part.target, part.value)
        if not isinstance(part, ast.Lambda):
            queue += ast.iter_child_nodes(part)


def bindings_in_comprehension(node: Comprehension, child: ast.AST, name: str) -> list[Binding]:
    """Return the binding of a name by a `for` of a comprehension, for a part of it."""
    generators = node.generators
    if child in generators:
        generators = generators[: generators.index(child) + 1]
    found = [
        binding
        for generator in generators
        for bound, binding in bindings_to(How.ITERATED, generator.target, generator.iter)
        if bound == name
    ]
    return found[-1:]


def parameters_in(scope: ast.AST, name: str) -> list[Binding]:
    """Return the binding of a parameter, if the scope is a function with this parameter."""
    arguments = scope.args if isinstance(scope, FUNCTIONS) else None
    nodes = ast.iter_child_nodes(arguments) if arguments else ()
    found = (node for node in nodes if isinstance(node, ast.arg) and node.arg == name)
    return [Binding(How.PARAMETER, node, None, node.annotation) for node in found]


def blocks_of(node: ast.AST) -> Iterator[list[ast.AST]]:
    """Yield the blocks of a statement."""
    for field in _BLOCKS:
        block = getattr(node, field, None)
        if isinstance(block, list):
            yield block


def is_in_body(scope: ast.AST, child: ast.AST) -> bool:
    """Return whether a child of a function or class is in its body, not in its head."""
    body = getattr(scope, "body", [])
    return child is body or (isinstance(body, list) and any(one is child for one in body))


def leaves(block: list[ast.stmt]) -> bool:
    """Return whether the code after a block does not run after it."""
    return bool(block) and isinstance(block[-1], ast.Return | ast.Raise | ast.Continue | ast.Break)


def _imports_of(node: ast.Import | ast.ImportFrom) -> Named:
    for alias in node.names:
        is_whole = isinstance(node, ast.Import) and not alias.asname
        name = alias.name.partition(".")[0] if is_whole else alias.asname or alias.name
        yield name, Binding(How.IMPORTED, node, alias=alias)


def _captures_of(pattern: ast.AST) -> Named:
    for part in ast.walk(pattern):
        if isinstance(part, ast.MatchAs | ast.MatchStar | ast.MatchMapping):
            name = part.rest if isinstance(part, ast.MatchMapping) else part.name
            if name:
                yield name, Binding(How.MATCHED, part)
