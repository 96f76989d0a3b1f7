"""The symbols of expressions."""

import ast
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from conventions.facts import members, variables
from conventions.facts.bindings import FUNCTIONS
from conventions.facts.symbols import NONE, Kind, Symbol, Symbols, builtin
from conventions.source import Source

if TYPE_CHECKING:
    from conventions.facts.resolver import Resolver

_WRAPPERS = {"typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Optional"}
_WRAPPERS |= {"typing.Required", "typing.NotRequired", "typing.ReadOnly"}
_UNIONS = {"typing.Union", "typing.Optional"}
_AWAITABLES = ("typing.Awaitable", "typing.Coroutine", "collections.abc.Awaitable")
_AWAITABLES += ("collections.abc.Coroutine", "asyncio.Task", "asyncio.Future")


def evaluate(resolver: "Resolver", source: Source, node: ast.AST) -> Symbols:
    """Return everything that an expression may refer to."""
    match node:
        case ast.Name(id=name):
            return resolver.variable(source, node, name)
        case ast.Attribute():
            return _attribute(resolver, source, node)
        case ast.Call():
            return _call(resolver, source, node)
        case ast.Constant(value=value):
            return _constant(resolver, source, node, value)
        case ast.Await(value=value):
            return _awaited(resolver, resolver.resolve_all(source, value))
        case ast.Subscript():
            return _subscript(resolver, source, node)
        case ast.BoolOp(values=values):
            return _union(resolver, source, values)
        case ast.IfExp(body=body, orelse=orelse):
            return _union(resolver, source, [body, orelse])
        case ast.NamedExpr(value=value) | ast.Starred(value=value):
            return resolver.resolve_all(source, value)
        case ast.BinOp():
            return _operation(resolver, source, node)
        case ast.Lambda():
            return (Symbol(Kind.FUNCTION, f"{source.module}.<lambda>", source, node),)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return (variables.definition(source, node),)
    return _display(resolver, source, node)


def _display(resolver: "Resolver", source: Source, node: ast.AST) -> Symbols:
    """Return an instance of a built-in class, for a literal or a comprehension."""
    match node:
        case ast.JoinedStr():
            return (builtin("str"),)
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return (builtin("bool"),)
        case ast.UnaryOp(operand=operand):
            return resolver.resolve_all(source, operand)
        case ast.Tuple(elts=parts):
            return (builtin("tuple", *_firsts(resolver, source, parts)),)
        case ast.List(elts=parts):
            return (builtin("list", *_firsts(resolver, source, parts[:1])),)
        case ast.Set(elts=parts):
            return (builtin("set", *_firsts(resolver, source, parts[:1])),)
        case ast.Dict(keys=[ast.expr() as key, *_], values=[value, *_]):
            return (builtin("dict", *_firsts(resolver, source, [key, value])),)
        case ast.Dict():
            return (builtin("dict"),)
        case ast.ListComp(elt=part):
            return (builtin("list", *_firsts(resolver, source, [part])),)
        case ast.SetComp(elt=part):
            return (builtin("set", *_firsts(resolver, source, [part])),)
        case ast.GeneratorExp(elt=part):
            kind = "typing.Iterator"
            return (Symbol(Kind.INSTANCE, kind, args=_firsts(resolver, source, [part])),)
        case ast.DictComp(key=key, value=value):
            return (builtin("dict", *_firsts(resolver, source, [key, value])),)
    return ()


def _union(resolver: "Resolver", source: Source, nodes: list[ast.expr]) -> Symbols:
    return tuple(one for node in nodes for one in resolver.resolve_all(source, node))


def _firsts(resolver: "Resolver", source: Source, nodes: list[ast.expr]) -> Symbols:
    """Return one symbol for each expression, an unknown one where there is none."""
    found = (resolver.resolve_all(source, node) for node in nodes)
    return tuple(next(iter(one), Symbol(Kind.UNKNOWN, "")).as_instance() for one in found)


def _constant(resolver: "Resolver", source: Source, node: ast.Constant, value: object) -> Symbols:
    if value is None:
        return (NONE,)
    if value is Ellipsis:
        return ()
    if isinstance(value, str) and _is_annotation(source, node):
        with suppress(SyntaxError):
            expression = ast.parse(value.strip(), mode="eval").body
            source.adopt(expression, node)
            return resolver.resolve_all(source, expression)
    return (Symbol(Kind.VALUE, f"builtins.{type(value).__name__}", value=value),)


def _is_annotation(source: Source, node: ast.AST) -> bool:
    """Return whether a string stands where an annotation is expected."""
    child = node
    for parent in source.parents(node):
        match parent:
            case ast.arg() | ast.AnnAssign():
                return getattr(parent, "annotation", None) is child
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return parent.returns is child
            case ast.Call(func=ast.Name(id="cast"), args=[first, *_]):
                return first is child
            case ast.Subscript(value=ast.Name(id="Literal") | ast.Attribute(attr="Literal")):
                return False
            case ast.Call() | ast.stmt():
                return False
        child = parent
    return False


def _attribute(resolver: "Resolver", source: Source, node: ast.Attribute) -> Symbols:
    match node.value:
        case ast.Call(func=ast.Name(id="super"), args=[]):
            owner = _class_around(source, node)
            return members.of_bases(resolver, owner, node.attr) if owner else ()
    owners = resolver.resolve_all(source, node.value)
    return tuple(one for owner in owners for one in resolver.member(owner, node.attr))


def _class_around(source: Source, node: ast.AST) -> Symbol | None:
    child: ast.AST = node
    for parent in source.parents(node):
        if isinstance(parent, ast.ClassDef) and isinstance(child, FUNCTIONS):
            return variables.definition(source, parent).as_instance()
        child = parent
    return None


def _call(resolver: "Resolver", source: Source, node: ast.Call) -> Symbols:
    callees = resolver.resolve_all(source, node.func)
    return tuple(one for each in callees for one in resolver.result(each, node, source))


def _awaited(resolver: "Resolver", symbols: Symbols) -> Symbols:
    return tuple(
        one.args[-1].as_instance() if one.name in _AWAITABLES and one.args else one
        for one in symbols
    )


def _operation(resolver: "Resolver", source: Source, node: ast.BinOp) -> Symbols:
    left, right = node.left, node.right
    lefts = resolver.resolve_all(source, left)
    if isinstance(node.op, ast.BitOr):
        rights = resolver.resolve_all(source, right)
        is_union = any(one.is_class or one.is_none for one in (*lefts, *rights))
        return (*lefts, *rights) if is_union else lefts
    return tuple(one.computed() for one in lefts)


def _subscript(resolver: "Resolver", source: Source, node: ast.Subscript) -> Symbols:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    found: list[Symbol] = []
    for owner in resolver.resolve_all(source, node.value):
        if owner.name in _UNIONS and not owner.is_object:
            found += _union(resolver, source, parts)
        elif owner.name in _WRAPPERS and not owner.is_object:
            found += resolver.resolve_all(source, _adopted_string(source, parts[0]))
        elif owner.is_class:
            found.append(replace(owner, args=_arguments(resolver, source, owner, parts)))
        else:
            found += _item(resolver, source, owner, node.slice)
    return tuple(found)


def _adopted_string(source: Source, node: ast.expr) -> ast.expr:
    """Return the expression in a string that is the argument of a type."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        with suppress(SyntaxError):
            expression = ast.parse(node.value.strip(), mode="eval").body
            source.adopt(expression, node)
            return expression
    return node


def _arguments(
    resolver: "Resolver", source: Source, owner: Symbol, parts: list[ast.expr]
) -> Symbols:
    if owner.name == "typing.Literal":
        return _firsts(resolver, source, parts)
    return _firsts(resolver, source, [_adopted_string(source, part) for part in parts])


def _item(resolver: "Resolver", source: Source, owner: Symbol, index: ast.expr) -> Symbols:
    """Return an item of an instance."""
    if isinstance(index, ast.Slice):
        return (owner,)
    position = index.value if isinstance(index, ast.Constant) else None
    if owner.name in {
        "builtins.dict",
        "collections.defaultdict",
        "typing.Mapping",
        "collections.abc.Mapping",
    }:
        return owner.args[1:2]
    if owner.kind is Kind.INSTANCE and owner.node is None and owner.args:
        is_tuple = owner.name == "builtins.tuple" and isinstance(position, int)
        known = (
            owner.args[position : position + 1] if is_tuple and position >= 0 else owner.args[:1]
        )
        return known
    if owner.kind is Kind.UNKNOWN:
        return (owner,)
    methods = resolver.member(owner, "__getitem__") if owner.kind is Kind.INSTANCE else ()
    return tuple(one for method in methods for one in resolver.result(method))
