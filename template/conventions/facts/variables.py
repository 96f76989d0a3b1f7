"""The values of variables."""

import ast
import builtins
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from conventions.facts.bindings import FUNCTIONS, Binding, How
from conventions.facts.symbols import UNTYPED, Kind, Symbol, Symbols, builtin
from conventions.source import Function, Source

if TYPE_CHECKING:
    from conventions.facts.resolver import Resolver

_UNTYPED = UNTYPED | {"typing.Final", "typing.ClassVar", "typing.TypeAlias"}
_TUPLE = "builtins.tuple"
_STATIC = {"staticmethod"}


def at(resolver: "Resolver", source: Source, node: ast.AST, name: str) -> Symbols:
    """Return the symbols of a name at a node."""
    bindings = resolver.bindings(source).reaching(node, name)
    if not bindings:
        return _elsewhere(resolver, source, node, name)
    return _values(resolver, source, bindings, name)


def in_module(resolver: "Resolver", module: str, name: str) -> Symbols:
    """Return the symbols of a name of a module at its end."""
    source = resolver.sources.get(module)
    submodule = f"{module}.{name}"
    if source is None and submodule in resolver.sources:
        return (Symbol(Kind.MODULE, submodule, resolver.sources[submodule]),)
    if source is None:
        return resolver.library.symbols(f"{module}.{name}")
    if bindings := resolver.bindings(source).at_end(source.tree, name):
        return _values(resolver, source, bindings, name)
    if submodule in resolver.sources:
        return (Symbol(Kind.MODULE, submodule, resolver.sources[submodule]),)
    return _from_stars(resolver, source, name)


def _values(resolver: "Resolver", source: Source, bindings: list[Binding], name: str) -> Symbols:
    return tuple(one for each in bindings for one in value_of(resolver, source, each, name))


def _elsewhere(resolver: "Resolver", source: Source, node: ast.AST, name: str) -> Symbols:
    """Return the symbols of a name that no statement of the file binds."""
    for scope in source.parents(node):
        for parameter in getattr(scope, "type_params", ()):
            if parameter.name == name:
                return (Symbol(Kind.INSTANCE, "typing.TypeVar", source, parameter, origin=name),)
    if found := _from_stars(resolver, source, name):
        return found
    return resolver.library.symbols(f"builtins.{name}") if hasattr(builtins, name) else ()


def _from_stars(resolver: "Resolver", source: Source, name: str) -> Symbols:
    for node in source.nodes(ast.ImportFrom):
        if node.names[0].name == "*":
            module = source.origin_of(node)
            own = resolver.sources.get(module)
            is_there = name in resolver.library.names_in(module) if own is None else True
            if is_there and (found := resolver.global_symbol(module, name)):
                return found
    return ()


def value_of(resolver: "Resolver", source: Source, binding: Binding, name: str) -> Symbols:
    """Return the value of a binding."""
    question = "binding", binding.node, name
    return resolver.once(question, lambda: _value(resolver, source, binding, name))


def _value(resolver: "Resolver", source: Source, binding: Binding, name: str) -> Symbols:
    if binding.how is How.ASSIGNED:
        return _assigned(resolver, source, binding, name)
    return _VALUES[binding.how](resolver, source, binding)


def _iterated(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    return resolver.elements(resolver.resolve_all(source, binding.value), path=binding.path)


def _of_context(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    contexts = resolver.resolve_all(source, binding.value)
    entered = [one for context in contexts for one in _entered(resolver, context)]
    return resolver.unpacked(tuple(entered), binding.path)


def _caught(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    value = binding.value
    kinds = resolver.resolve_all(source, value)
    each = [one for kind in kinds for one in (kind.args if kind.name == _TUPLE else (kind,))]
    return tuple(one.as_instance() for one in each)


def _assigned(resolver: "Resolver", source: Source, binding: Binding, name: str) -> Symbols:
    if isinstance(binding.node, ast.AugAssign):
        before = resolver.variable(source, binding.node, name)
        found = before or resolver.resolve_all(source, binding.node.value)
        return tuple(one.computed() for one in found)
    values = resolver.unpacked(resolver.resolve_all(source, binding.value), binding.path)
    annotated = resolver.instances(source, binding.annotation)
    declared = [one for one in annotated if one.name not in _UNTYPED]
    constant = [one for one in values if one.kind is Kind.VALUE and one.value is not None]
    if declared and not constant:
        values = tuple(declared)
    is_global = isinstance(source.parent(_statement(source, binding.node)), ast.Module)
    origin = f"{source.module}.{name}" if is_global else ""
    return tuple(_with_origin(one, origin) for one in values)


def _statement(source: Source, node: ast.AST) -> ast.AST:
    around = (one for one in (node, *source.parents(node)) if isinstance(one, ast.stmt))
    return next(around, node)


def _with_origin(symbol: Symbol, origin: str) -> Symbol:
    is_named = symbol.kind in {Kind.INSTANCE, Kind.VALUE, Kind.CLASS, Kind.UNKNOWN}
    is_newtype = symbol.name == "typing.NewType"
    return replace(symbol, origin=origin) if origin and is_named and not is_newtype else symbol


def _imported(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    node, alias = binding.node, binding.alias
    if alias is None:
        return ()
    if isinstance(node, ast.ImportFrom):
        return resolver.global_symbol(source.origin_of(node), alias.name)
    name = alias.name if alias.asname else alias.name.partition(".")[0]
    own = resolver.sources.get(name)
    is_package = own or any(module.startswith(f"{name}.") for module in resolver.sources)
    return (Symbol(Kind.MODULE, name, own),) if is_package else resolver.library.symbols(name)


def _defined(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    node = binding.node
    symbol = definition(source, node)
    if isinstance(node, ast.ClassDef):
        return (symbol,)
    return resolver.once(("decorated", node), lambda: _decorated(resolver, source, symbol))


def definition(source: Source, node: ast.AST) -> Symbol:
    """Return the symbol of a class or a function that the service defines."""
    kind = Kind.CLASS if isinstance(node, ast.ClassDef) else Kind.FUNCTION
    return Symbol(kind, f"{source.module}.{source.qualified_name(node)}", source, node)


def _decorated(resolver: "Resolver", source: Source, function: Symbol) -> Symbols:
    """Return the object that decorators make of a function: usually the function."""
    for decorator in getattr(function.node, "decorator_list", ()):
        for maker in resolver.resolve_all(source, decorator):
            for made in resolver.result(maker):
                is_object = made.kind is Kind.INSTANCE and made.source is not None
                if is_object and isinstance(made.node, ast.ClassDef):
                    return (replace(made, wraps=function, origin=function.name),)
    return (function,)


def _parameter(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    node = binding.node
    function = next((one for one in source.parents(node) if isinstance(one, FUNCTIONS)), None)
    if not isinstance(node, ast.arg) or function is None:
        return ()
    if owner := _receiver(source, function, node):
        return (owner,)
    declared = [o for o in resolver.instances(source, node.annotation) if o.name not in _UNTYPED]
    if node is function.args.vararg:
        return (
            (builtin("tuple", *declared[:1], *declared[:1]),) if declared else (builtin("tuple"),)
        )
    if node is function.args.kwarg:
        return (builtin("dict", builtin("str"), *declared[:1]),)
    if declared:
        return tuple(declared)
    return resolver.resolve_all(source, _default_of(function, node))


def _receiver(source: Source, function: ast.AST, node: ast.arg) -> Symbol | None:
    """Return `self` or `cls`, if the parameter is the first of a method."""
    owner = source.parent(function)
    arguments = getattr(function, "args", None)
    if not isinstance(owner, ast.ClassDef) or arguments is None or node.annotation:
        return None
    first = next(iter([*arguments.posonlyargs, *arguments.args]), None)
    marks = {getattr(one, "id", "") for one in getattr(function, "decorator_list", ())}
    if first is not node or marks & _STATIC:
        return None
    kind = definition(source, owner)
    is_class = "classmethod" in marks or getattr(function, "name", "") in {
        "__new__",
        "__init_subclass__",
        "__class_getitem__",
    }
    return kind if is_class else kind.as_instance()


def _default_of(function: Function | ast.Lambda, node: ast.arg) -> ast.expr | None:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(positional[::-1], arguments.defaults[::-1], strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=False),
    ]
    return next((default for parameter, default in pairs if parameter is node), None)


def _entered(resolver: "Resolver", context: Symbol) -> Symbols:
    """Return the result of entering a context."""
    if context.name in {
        "contextlib.AbstractContextManager",
        "contextlib.AbstractAsyncContextManager",
    }:
        return context.args[:1]
    for method in ("__aenter__", "__enter__"):
        found = [one for one in resolver.member(context, method) if one.kind is not Kind.UNKNOWN]
        entered = [result for one in found for result in resolver.result(one)]
        if entered:
            return tuple(context if one.kind is Kind.UNKNOWN else one for one in entered)
    return (context,)


def _matched(resolver: "Resolver", source: Source, binding: Binding) -> Symbols:
    """Return the value that a pattern captures."""
    node = binding.node
    if isinstance(node, ast.MatchStar | ast.MatchMapping):
        return (builtin("list" if isinstance(node, ast.MatchStar) else "dict"),)
    inner = getattr(node, "pattern", None)
    if isinstance(inner, ast.MatchClass):
        return resolver.instances(source, inner.cls)
    if isinstance(inner, ast.MatchValue):
        return resolver.resolve_all(source, inner.value)
    return _part_of_pattern(resolver, source, node)


def _part_of_pattern(resolver: "Resolver", source: Source, node: ast.AST) -> Symbols:
    """Return the part of a value at the place of a pattern in another."""
    parent = source.parent(node)
    match parent:
        case ast.MatchClass(cls=kind, kwd_attrs=names, kwd_patterns=patterns) if node in patterns:
            owners = resolver.instances(source, kind)
            attribute = next(n for n, one in zip(names, patterns, strict=True) if one is node)
            return tuple(one for owner in owners for one in resolver.member(owner, attribute))
        case ast.match_case():
            return _subject(resolver, source, parent)
        case ast.MatchSequence(patterns=patterns):
            index = next(index for index, one in enumerate(patterns) if one is node)
            return resolver.unpacked(_subject(resolver, source, source.parent(parent)), (index,))
    return ()


def _subject(resolver: "Resolver", source: Source, case: ast.AST | None) -> Symbols:
    statement = source.parent(case) if isinstance(case, ast.match_case) else None
    return resolver.resolve_all(source, getattr(statement, "subject", None))


_VALUES: Mapping[How, Callable[["Resolver", Source, Binding], Symbols]] = {
    How.IMPORTED: _imported,
    How.DEFINED: _defined,
    How.PARAMETER: _parameter,
    How.ITERATED: _iterated,
    How.ENTERED: _of_context,
    How.CAUGHT: _caught,
    How.MATCHED: _matched,
}
