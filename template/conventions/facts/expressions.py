"""The symbols of expressions."""

import ast
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conventions.facts import members, variables
from conventions.facts.bindings import FUNCTIONS
from conventions.facts.symbols import DICTS, NONE, UNTYPED, Kind, Symbol, Symbols, builtin, unknown
from conventions.source import Source

if TYPE_CHECKING:
    from conventions.facts.resolver import Resolver

_WRAPPERS = {"typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Optional"}
_WRAPPERS |= {"typing.Required", "typing.NotRequired", "typing.ReadOnly"}
_FLOAT = "builtins.float"
_UNIONS = {"typing.Union", "typing.Optional"}
_AWAITABLES = ("typing.Awaitable", "typing.Coroutine", "collections.abc.Awaitable")
_NUMBERS = {"builtins.int", _FLOAT}
_COLUMN = "sqlalchemy.ColumnElement"
_OF_COLUMNS = ("sqlalchemy.orm.Mapped", _COLUMN)
_AWAITABLES += ("collections.abc.Coroutine", "asyncio.Task", "asyncio.Future")


def evaluate(resolver: "Resolver", source: Source, node: ast.AST) -> Symbols:
    """Return everything that an expression may refer to."""
    answer = _EVALUATORS.get(type(node))
    return answer(resolver, source, node) if answer else ()


def _name(resolver: "Resolver", source: Source, node: ast.Name) -> Symbols:
    return resolver.variable(source, node, node.id)


def _definition(_: "Resolver", source: Source, node: ast.AST) -> Symbols:
    return (variables.definition(source, node),)


def _lambda(_: "Resolver", source: Source, node: ast.Lambda) -> Symbols:
    return (Symbol(Kind.FUNCTION, f"{source.module}.<lambda>", source, node),)


def _named(resolver: "Resolver", source: Source, node: ast.NamedExpr) -> Symbols:
    return resolver.resolve_all(source, node.value)


def _starred(resolver: "Resolver", source: Source, node: ast.Starred) -> Symbols:
    return resolver.elements(resolver.resolve_all(source, node.value))


def _either(resolver: "Resolver", source: Source, node: ast.BoolOp | ast.IfExp) -> Symbols:
    values = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
    return _union(resolver, source, values)


def _unary(resolver: "Resolver", source: Source, node: ast.UnaryOp) -> Symbols:
    if isinstance(node.op, ast.Not):
        return (builtin("bool"),)
    return resolver.resolve_all(source, node.operand)


def _display(resolver: "Resolver", source: Source, node: ast.Tuple | ast.List | ast.Set) -> Symbols:
    if isinstance(node, ast.Tuple):
        return (builtin("tuple", *_items(resolver, source, node.elts)),)
    return (builtin(type(node).__name__.lower(), _common(_union(resolver, source, node.elts))),)


def _dict(resolver: "Resolver", source: Source, node: ast.Dict) -> Symbols:
    pairs = zip(node.keys, node.values, strict=True)
    first = next(([key, value] for key, value in pairs if key is not None), [])
    return (builtin("dict", *_items(resolver, source, first)),)


def _comprehension(
    resolver: "Resolver", source: Source, node: ast.ListComp | ast.SetComp | ast.GeneratorExp
) -> Symbols:
    kinds = {"ListComp": "builtins.list", "SetComp": "builtins.set"}
    args = _items(resolver, source, [node.elt])
    return (Symbol(Kind.INSTANCE, kinds.get(type(node).__name__, "typing.Iterator"), args=args),)


def _dict_comprehension(resolver: "Resolver", source: Source, node: ast.DictComp) -> Symbols:
    return (builtin("dict", *_items(resolver, source, [node.key, node.value])),)


def _union(resolver: "Resolver", source: Source, nodes: list[ast.expr]) -> Symbols:
    return tuple(one for node in nodes for one in resolver.resolve_all(source, node))


def _items(resolver: "Resolver", source: Source, nodes: list[ast.expr]) -> Symbols:
    """Return one symbol for each expression."""
    return tuple(_common(resolver.resolve_all(source, node)) for node in nodes)


def _common(symbols: Symbols) -> Symbol:
    """Return the common part of symbols; an unknown one if there is none."""
    known = list(dict.fromkeys(one for one in symbols if one.name))
    if len(known) == 1:
        return known[0]
    if len({(one.is_class, one.name) for one in known}) != 1:
        return unknown("")
    kind = Kind.INSTANCE if known[0].kind is Kind.VALUE else known[0].kind
    return Symbol(kind, known[0].name, known[0].source, known[0].node)


def _constant(resolver: "Resolver", source: Source, node: ast.Constant) -> Symbols:
    value = node.value
    if value is None:
        return (NONE,)
    if value is Ellipsis:
        return ()
    if isinstance(value, str) and _is_annotation(source, node):
        expression = _adopted_string(source, node)
        if expression is not node:
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


def _awaited(resolver: "Resolver", source: Source, node: ast.Await) -> Symbols:
    return tuple(
        one.args[-1] if one.name in _AWAITABLES and one.args else one
        for one in resolver.resolve_all(source, node.value)
    )


def _operation(resolver: "Resolver", source: Source, node: ast.BinOp) -> Symbols:
    left, right = node.left, node.right
    lefts = resolver.resolve_all(source, left)
    if isinstance(node.op, ast.BitOr):
        rights = resolver.resolve_all(source, right)
        is_union = any(one.is_class or one.is_none for one in (*lefts, *rights))
        return (*lefts, *rights) if is_union else lefts
    if is_column(resolver, lefts):
        return (Symbol(Kind.INSTANCE, _COLUMN),)
    if lefts and all(one.name in _NUMBERS for one in lefts):
        return _number(node.op, lefts, resolver.resolve_all(source, right))
    return tuple(one.computed() for one in lefts)


def _number(operator: ast.operator, lefts: Symbols, rights: Symbols) -> Symbols:
    """Return the result of arithmetic whose left operand is a number."""
    if not rights or any(one.name not in _NUMBERS for one in rights):
        return tuple(one.computed() for one in rights)
    is_float = isinstance(operator, ast.Div) or any(o.name == _FLOAT for o in (*lefts, *rights))
    return (builtin("float" if is_float else "int"),)


def _comparison(resolver: "Resolver", source: Source, node: ast.Compare) -> Symbols:
    """Return a truth value; of columns, a condition in SQL."""
    if isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
        return (builtin("bool"),)
    lefts = resolver.resolve_all(source, node.left)
    if is_column(resolver, lefts):
        return (Symbol(Kind.INSTANCE, _COLUMN),)
    is_known = lefts and all(one.kind is not Kind.UNKNOWN for one in lefts)
    return (builtin("bool"),) if is_known else ()


def is_column(resolver: "Resolver", symbols: Symbols) -> bool:
    """Return whether an expression is one of SQL, whose operators make another."""
    return any(one.is_object and resolver.is_subclass(one, *_OF_COLUMNS) for one in symbols)


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
            found += _item(resolver, owner, node.slice)
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
    if owner.name != "typing.Literal":
        parts = [_adopted_string(source, part) for part in parts]
    found = [one.as_instance() for one in _items(resolver, source, parts)]
    return tuple(unknown("") if one.name in UNTYPED else one for one in found)


def _item(resolver: "Resolver", owner: Symbol, index: ast.expr) -> Symbols:
    """Return an item of an instance."""
    if isinstance(index, ast.Slice):
        return (owner,)
    position = index.value if isinstance(index, ast.Constant) else None
    if owner.name in DICTS:
        return owner.args[1:2]
    if owner.kind is Kind.INSTANCE and owner.node is None and owner.args:
        is_tuple = owner.name == "builtins.tuple" and isinstance(position, int)
        start = position if is_tuple and position >= 0 else 0
        return owner.args[start : start + 1]
    if owner.kind is Kind.UNKNOWN:
        return (owner,)
    methods = resolver.member(owner, "__getitem__") if owner.kind is Kind.INSTANCE else ()
    return tuple(one for method in methods for one in resolver.result(method))


_EVALUATORS: Mapping[type[ast.AST], Callable[["Resolver", Source, Any], Symbols]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Constant: _constant,
    ast.Await: _awaited,
    ast.Subscript: _subscript,
    ast.BoolOp: _either,
    ast.IfExp: _either,
    ast.NamedExpr: _named,
    ast.Starred: _starred,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.JoinedStr: lambda *_: (builtin("str"),),
    ast.Lambda: _lambda,
    ast.FunctionDef: _definition,
    ast.AsyncFunctionDef: _definition,
    ast.ClassDef: _definition,
    ast.Tuple: _display,
    ast.List: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
}
"""The function that answers for each class of expressions; about others, nothing is known."""
