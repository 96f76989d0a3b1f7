"""Attributes: of modules, of classes and their instances, found through the classes' bases."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from conventions.facts import variables
from conventions.facts.bindings import Binding, How, unpacked
from conventions.facts.symbols import Kind, Symbol, Symbols
from conventions.source import Source

if TYPE_CHECKING:
    from conventions.facts.resolver import Resolver

_PROPERTIES = {"property", "cached_property", "hybrid_property", "computed_field"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_ENUMS = {"enum.Enum", "enum.Flag"}
_DESCRIPTORS = {"sqlalchemy.orm.Mapped", "sqlalchemy.orm.WriteOnlyMapped"}


def of(resolver: "Resolver", owner: Symbol, attribute: str) -> Symbols:
    """Return an attribute of a symbol."""
    if owner.kind is Kind.MODULE and (owner.source or owner.name.partition(".")[0] == "app"):
        return _of_module(resolver, owner, attribute)
    if owner.kind is Kind.FUNCTION and owner.node is not None:
        return (Symbol(Kind.UNKNOWN, f"{owner.name}.{attribute}", receiver=owner),)
    if isinstance(owner.node, ast.ClassDef) or _is_new_type(owner):
        return _of_class(resolver, owner, attribute)
    found = resolver.library.member(owner, attribute)
    return tuple(_from_variable(one, owner, attribute) for one in found)


def _from_variable(symbol: Symbol, owner: Symbol, attribute: str) -> Symbol:
    """Keep the name of the variable: `os.environ.get`, though it is a method of a mapping."""
    is_variable = owner.kind in {Kind.INSTANCE, Kind.UNKNOWN} and owner.origin
    return replace(symbol, origin=f"{owner.origin}.{attribute}") if is_variable else symbol


def _of_module(resolver: "Resolver", owner: Symbol, attribute: str) -> Symbols:
    name = f"{owner.name}.{attribute}"
    found = resolver.global_symbol(owner.name, attribute) if owner.source else ()
    if not found and any(each == name or each.startswith(f"{name}.") for each in resolver.sources):
        return (Symbol(Kind.MODULE, name, resolver.sources.get(name)),)
    return found or (Symbol(Kind.UNKNOWN, name),)


def _of_class(resolver: "Resolver", owner: Symbol, attribute: str) -> Symbols:
    for base in linearized(resolver, owner):
        if found := _of_base(resolver, owner, base, attribute):
            return found
    return ()


def of_bases(resolver: "Resolver", owner: Symbol, attribute: str) -> Symbols:
    """Return an attribute of `super()` in a class."""
    for base in linearized(resolver, owner)[1:]:
        if found := _of_base(resolver, owner, base, attribute):
            return found
    return ()


def _of_base(resolver: "Resolver", owner: Symbol, base: Symbol, attribute: str) -> Symbols:
    """Return an attribute that one of the bases of a class defines; empty if it does not."""
    if isinstance(base.node, ast.ClassDef) and base.source:
        return _in_body(resolver, owner, base, attribute) or _set_by_methods(
            resolver, base, attribute
        )
    if base.kind is Kind.UNKNOWN or resolver.library.has(base, attribute):
        holder = base.as_instance() if owner.is_object else base
        found = resolver.library.member(holder, attribute)
        return tuple(_bound(one, owner) for one in found)
    return ()


def _in_body(resolver: "Resolver", owner: Symbol, base: Symbol, attribute: str) -> Symbols:
    source, node = base.source, base.node
    if source is None or not isinstance(node, ast.ClassDef):
        return ()
    bindings = resolver.bindings(source).at_end(node, attribute)
    read = getter(node, attribute)
    bindings = [Binding(How.DEFINED, read)] if read else bindings
    found: list[Symbol] = []
    for binding in bindings:
        for one in variables.value_of(resolver, source, binding, attribute):
            found += _accessed(resolver, owner, one)
    is_member = found and owner.is_class and _is_enum(resolver, base)
    if is_member and not any(one.kind is Kind.FUNCTION for one in found):
        return (replace(base, kind=Kind.INSTANCE, origin=f"{base.name}.{attribute}"),)
    return tuple(found)


def getter(node: ast.AST | None, name: str) -> ast.AST | None:
    """Return the getter of a property; its setter has the same name."""
    body = getattr(node, "body", ())
    functions = (one for one in body if isinstance(one, _FUNCTIONS) and one.name == name)
    return next((one for one in functions if is_property(one)), None)


def is_property(function: ast.AST) -> bool:
    """Return whether a function is a property."""
    marks = getattr(function, "decorator_list", ())
    marks = (one.func if isinstance(one, ast.Call) else one for one in marks)
    return any((getattr(m, "attr", "") or getattr(m, "id", "")) in _PROPERTIES for m in marks)


def _accessed(resolver: "Resolver", owner: Symbol, symbol: Symbol) -> Symbols:
    """Return the value of an attribute of a class, read of the class or an instance."""
    if symbol.kind is Kind.FUNCTION and symbol.node is not None:
        method = replace(symbol, receiver=owner)
        is_read = is_property(symbol.node) and owner.is_object
        return resolver.result(method) if is_read else (method,)
    if symbol.name in _DESCRIPTORS and owner.is_object and symbol.args:
        return symbol.args[:1]
    return (symbol,)


def _bound(symbol: Symbol, owner: Symbol) -> Symbol:
    return replace(symbol, receiver=owner) if symbol.kind is Kind.FUNCTION else symbol


def _set_by_methods(resolver: "Resolver", base: Symbol, attribute: str) -> Symbols:
    """Return the values that methods assign to an attribute of `self`."""
    source, node = base.source, base.node
    if source is None or not isinstance(node, ast.ClassDef):
        return ()
    found: list[Symbol] = []
    for binding in attributes_set(source, node).get(attribute, ()):
        found += variables.value_of(resolver, source, binding, f"self.{attribute}")
    return tuple(found)


@cache
def attributes_set(source: Source, node: ast.ClassDef) -> dict[str, list[Binding]]:  # noqa: ARG001 - a node comes with its file
    """Return the bindings of attributes of `self` in the methods of a class."""
    found: dict[str, list[Binding]] = {}
    for method in (one for one in node.body if isinstance(one, _FUNCTIONS) and one.args.args):
        this = method.args.args[0].arg
        for statement in ast.walk(method):
            for name, binding in _bindings_to_attributes(statement, this):
                found.setdefault(name, []).append(binding)
    return found


def _bindings_to_attributes(statement: ast.AST, this: str) -> Iterator[tuple[str, Binding]]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            pairs = [(How.ASSIGNED, target, value, None) for target in targets]
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            pairs = [(How.ASSIGNED, target, value, annotation)]
        case ast.AugAssign(target=target, value=value):
            pairs = [(How.ASSIGNED, target, value, None)]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            entered = [(one.optional_vars, one.context_expr) for one in items]
            pairs = [(How.ENTERED, target, value, None) for target, value in entered if target]
        case _:
            return
    for how, target, value, annotation in pairs:
        for part, path in unpacked(target):
            if isinstance(part, ast.Attribute) and getattr(part.value, "id", "") == this:
                yield part.attr, Binding(how, part, value, annotation, path)


def linearized(resolver: "Resolver", kind: Symbol) -> Symbols:
    """Return a class and the classes that it inherits from, in the order of lookups."""
    key = "bases", kind.as_class().name, kind.node
    return resolver.once(key, lambda: _linearized(resolver, kind.as_class(), ()))


def _linearized(resolver: "Resolver", kind: Symbol, seen: Symbols) -> Symbols:
    found = [kind]
    for base in _bases(resolver, kind):
        if base.node is None or base.node not in {one.node for one in (*seen, kind)}:
            found += _linearized(resolver, base, (*seen, kind))
    last = {(one.name, one.node): index for index, one in enumerate(found)}
    return tuple(one for index, one in enumerate(found) if last[one.name, one.node] == index)


def _bases(resolver: "Resolver", kind: Symbol) -> Symbols:
    source, node = kind.source, kind.node
    if source is None:
        return ()
    is_new_type = isinstance(node, ast.Call)
    expressions = node.args[1:2] if is_new_type else getattr(node, "bases", [])
    found = [one for each in expressions for one in resolver.resolve_all(source, each)[:1]]
    return tuple(replace(one, origin="") for one in found if one.kind in {Kind.CLASS, Kind.UNKNOWN})


def ancestors(resolver: "Resolver", symbol: Symbol) -> frozenset[str]:
    """Return the names of the classes of a symbol: its class, and the bases of that."""
    names: list[str] = []
    for base in linearized(resolver, symbol):
        names += [base.name] if base.node else resolver.library.bases(base.name)
    return frozenset([*names, symbol.name])


def _is_enum(resolver: "Resolver", kind: Symbol) -> bool:
    return not ancestors(resolver, kind).isdisjoint(_ENUMS)


def _is_new_type(owner: Symbol) -> bool:
    return isinstance(owner.node, ast.Call) and owner.kind in {Kind.CLASS, Kind.INSTANCE}
