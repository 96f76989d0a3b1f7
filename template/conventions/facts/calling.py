"""The results of calls, and the elements of iterables."""

import ast
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from conventions.facts.symbols import DICTS, UNTYPED, Kind, Symbol, Symbols, builtin
from conventions.source import Source

if TYPE_CHECKING:
    from conventions.facts.resolver import Resolver

_TABLE = tomllib.loads(Path(__file__).with_name("library.toml").read_text("utf-8"))
CLIENTS: tuple[str, ...] = tuple(_TABLE["clients"]["names"])
PASSES, _ITERABLES, _ELEMENTS = _TABLE["passes"], _TABLE["iterables"], _TABLE["elements"]
_CONTEXT = "contextlib.AbstractContextManager"
_CONTEXTS = {
    "contextlib.contextmanager": _CONTEXT,
    "contextlib.asynccontextmanager": "contextlib.AbstractAsyncContextManager",
}
_OPENS = {"builtins.open": 1, "pathlib.Path.open": 0}
"""The position of the mode among the arguments."""
_ENTERS = {"contextlib.closing", "contextlib.aclosing", "contextlib.nullcontext"}
_SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
_QUERIES = {f"{_SESSION}.{m}": m for m in ("get", "get_one", "scalar", "scalars", "stream_scalars")}
_SCALARS = "sqlalchemy.ScalarResult"
_BY_ARGUMENTS = frozenset({*PASSES, *_ITERABLES, *_ELEMENTS, *_ENTERS, *_QUERIES})
_BY_ARGUMENTS |= {"functools.partial", "typing.NewType", "typing.cast"}
_BY_ARGUMENTS |= {"builtins.type", "builtins.enumerate", "builtins.zip"}
_CALLABLES = {"typing.Callable", "collections.abc.Callable"}
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef

Substitution = dict[str, Symbol]
"""The types behind type variables, by name."""


def result(
    resolver: "Resolver", callee: Symbol, call: ast.Call | None, source: Source | None
) -> Symbols:
    """Return the result of calling a symbol."""
    if call and source and (known := _result_by_table(resolver, callee, call, source)):
        return known
    match callee.kind:
        case Kind.CLASS:
            return (replace(callee.as_instance(), origin=""),)
        case Kind.FUNCTION if callee.node is None:
            return resolver.library.returned(callee)
        case Kind.FUNCTION:
            return _returned(resolver, callee, call, source)
        case Kind.INSTANCE:
            return _result_of_instance(resolver, callee, call, source)
    return (callee,) if callee.kind is Kind.UNKNOWN else ()


def _result_of_instance(
    resolver: "Resolver", callee: Symbol, call: ast.Call | None, source: Source | None
) -> Symbols:
    if callee.name in _CALLABLES:
        return callee.args[-1:]
    methods = [one for one in resolver.member(callee, "__call__") if one.kind is Kind.FUNCTION]
    return tuple(one for method in methods for one in resolver.result(method, call, source))


def _result_by_table(
    resolver: "Resolver", callee: Symbol, call: ast.Call, source: Source
) -> Symbols:
    """Return the result of functions whose result depends on their arguments."""
    if callee.name not in _BY_ARGUMENTS:
        return _binary_file(callee, call) or _from_container(callee)
    name = callee.name
    arguments = [resolver.resolve_all(source, one) for one in call.args]
    if name in PASSES:
        return _passed(resolver, _at(arguments, PASSES[name]), call, source)
    if name in _QUERIES:
        return _rows(resolver, _QUERIES[name], call, source)
    return _of_types(callee, arguments, call, source) or _iterable(resolver, callee, arguments)


def _of_types(callee: Symbol, arguments: list[Symbols], call: ast.Call, source: Source) -> Symbols:
    """Return the result of functions that make or change types, or wrap one value."""
    first = _at(arguments, 0)
    match callee.name:
        case "functools.partial" if callee.is_class:
            return tuple(replace(one, wraps=one) for one in first)
        case "typing.NewType" if _at(arguments, 1):
            value = getattr(call.args[0], "value", "")
            return (Symbol(Kind.CLASS, f"{source.module}.{value}", source, call),)
        case "typing.cast":
            return tuple(one.as_instance() for one in first)
        case "builtins.type" if len(arguments) == 1:
            return tuple(one.as_class() for one in first)
        case name if name in _ENTERS:
            return tuple(Symbol(Kind.INSTANCE, _CONTEXT, args=(one,)) for one in first)
    return ()


def _binary_file(callee: Symbol, call: ast.Call) -> Symbols:
    """Return the file that is opened for bytes, if the mode says so."""
    if callee.name not in _OPENS:
        return ()
    given = call.args[_OPENS[callee.name] :][:1]
    given += [one.value for one in call.keywords if one.arg == "mode"]
    mode = next((str(one.value) for one in given if isinstance(one, ast.Constant)), "")
    kind = "io.BufferedWriter" if set(mode) & set("wax") else "io.BufferedReader"
    return (Symbol(Kind.INSTANCE, kind),) if "b" in mode else ()


def _at(arguments: list[Symbols], index: int) -> Symbols:
    return arguments[index] if index < len(arguments) else ()


def _iterable(resolver: "Resolver", callee: Symbol, arguments: list[Symbols]) -> Symbols:
    """Return the result of functions that go through the items of their arguments."""
    name = callee.name
    if name in _ELEMENTS:
        return resolver.elements(_at(arguments, _ELEMENTS[name]))
    if name in _ITERABLES:
        kind = name if callee.is_class else "typing.Iterable"
        kind = "builtins.list" if name == "builtins.sorted" else kind
        items = resolver.elements(_at(arguments, _ITERABLES[name]))[:1]
        return (Symbol(Kind.INSTANCE, kind, args=items),)
    if name in {"builtins.enumerate", "builtins.zip"}:
        first = (builtin("int"),) if name == "builtins.enumerate" else ()
        given = arguments[:1] if first else arguments
        parts = [resolver.elements(one) for one in given]
        known = [next(iter(one), Symbol(Kind.UNKNOWN, "")) for one in parts]
        item = builtin("tuple", *first, *known)
        return (Symbol(Kind.INSTANCE, "typing.Iterable", args=(item,)),)
    return ()


def _rows(resolver: "Resolver", method: str, call: ast.Call, source: Source) -> Symbols:
    """Return the rows of a model that a session gets or selects."""
    first = call.args[0] if call.args else None
    found = resolver.resolve_all(source, first if method.startswith("get") else None)
    rows = found or _selected(resolver, source, first)
    models = tuple(one.as_instance() for one in rows if one.is_class)
    if method in {"scalars", "stream_scalars"}:
        return tuple(Symbol(Kind.INSTANCE, _SCALARS, args=(one,)) for one in models)
    return models


def _selected(resolver: "Resolver", source: Source, node: ast.expr | None) -> Symbols:
    """Return the classes that a `select(…)` selects, behind methods and variables."""
    seen: set[ast.expr] = set()  # In a loop, a statement can be built from itself.
    while node is not None and node not in seen:
        seen.add(node)
        if isinstance(node, ast.Name):
            node = resolver.value_behind(source, node)
        if not isinstance(node, ast.Call):
            return ()
        if "sqlalchemy.select" in resolver.names(source, node.func):
            return resolver.resolve_all(source, node.args[0]) if len(node.args) == 1 else ()
        node = node.func.value if isinstance(node.func, ast.Attribute) else None
    return ()


def _passed(resolver: "Resolver", symbols: Symbols, call: ast.Call, source: Source) -> Symbols:
    """Return the results of functions that are passed on with arguments, such as to a thread."""
    later = ast.Call(func=call.func, args=call.args[1:], keywords=call.keywords)
    found: list[Symbol] = []
    for symbol in symbols:
        is_called = symbol.kind is Kind.FUNCTION
        found += resolver.result(symbol, later, source) if is_called else [symbol]
    return tuple(found)


def _from_container(callee: Symbol) -> Symbols:
    """Return the results of the methods of dicts and lists that return their items."""
    owner = callee.receiver
    method = callee.name.rpartition(".")[2]
    if owner is not None and owner.name == _SCALARS:
        many = method in {"all", "fetchall", "fetchmany", "unique"}
        return (builtin("list", *owner.args),) if many else owner.args
    if owner is None or not owner.args or owner.node is not None:
        return ()
    if owner.name in DICTS:
        key, value = owner.args[0], owner.args[-1]
        views = {"items": builtin("tuple", key, value), "keys": key, "values": value}
        if method in views:
            return (Symbol(Kind.INSTANCE, "typing.Iterable", args=(views[method],)),)
        return (value,) if method in {"get", "pop", "setdefault"} else ()
    return owner.args[:1] if owner.name == "builtins.list" and method == "pop" else ()


def _returned(
    resolver: "Resolver", function: Symbol, call: ast.Call | None, source: Source | None
) -> Symbols:
    """Return the result of a function of the service."""
    node, home = function.node, function.source
    if home is None:
        return ()
    if isinstance(node, ast.Lambda):
        return resolver.resolve_all(home, node.body)
    if not isinstance(node, _FUNCTION):
        return ()
    found = _declared(resolver, function, call, source)
    if not found or all(one.name in _CALLABLES for one in found):
        returned = _values_returned(resolver, home, node)
        found = tuple(one for one in returned if not found or _is_own_function(one)) or found
    marks = [name for mark in node.decorator_list for name in resolver.names(home, mark)]
    if kind := next((_CONTEXTS[name] for name in marks if name in _CONTEXTS), ""):
        yielded = [one.args[0] for one in found if one.args]
        return tuple(Symbol(Kind.INSTANCE, kind, args=(one,)) for one in yielded)
    return found


def _declared(
    resolver: "Resolver", function: Symbol, call: ast.Call | None, source: Source | None
) -> Symbols:
    """Return the instances that the return annotation of a function declares."""
    node, home = function.node, function.source
    if not isinstance(node, _FUNCTION) or home is None:
        return ()
    declared = resolver.instances(home, node.returns)
    declared = tuple(one for one in declared if one.name not in UNTYPED)
    if not any(map(_is_variable, _nested(declared))):
        return declared or resolver.resolve_all(home, node.returns)
    known = _self_of(function)
    if call and source:
        known |= _substitution(resolver, node, home, call, source)
    return tuple(one for each in declared for one in _substituted(each, known))


def _is_own_function(symbol: Symbol) -> bool:
    return symbol.kind is Kind.FUNCTION and symbol.node is not None


def _self_of(function: Symbol) -> Substitution:
    return {"typing.Self": function.receiver.as_instance()} if function.receiver else {}


def _nested(symbols: Symbols) -> list[Symbol]:
    return [one for each in symbols for one in (each, *_nested(each.args))]


def _is_variable(symbol: Symbol) -> bool:
    return symbol.name in {"typing.TypeVar", "typing.Self"}


def _key(symbol: Symbol) -> str:
    return symbol.origin if symbol.name == "typing.TypeVar" else symbol.name


def _substituted(symbol: Symbol, known: Substitution) -> Symbols:
    if _is_variable(symbol):
        found = known.get(_key(symbol))
        return (found.as_class() if symbol.is_class else found,) if found else ()
    args = tuple(one for arg in symbol.args for one in _substituted(arg, known))
    return (replace(symbol, args=args),)


def _substitution(
    resolver: "Resolver", node: ast.AST, home: Source, call: ast.Call, source: Source
) -> Substitution:
    """Return the types behind type variables, from the arguments of a call."""
    known: Substitution = {}
    for parameter, argument in arguments_by_parameter(
        node, call, is_method=isinstance(home.parent(node), ast.ClassDef)
    ):
        declared = resolver.resolve_all(home, parameter.annotation)
        given = resolver.resolve_all(source, argument)
        for kind, value in zip(declared[:1], given[:1], strict=False):
            _unify(resolver, kind, value, known)
    return known


def _unify(resolver: "Resolver", kind: Symbol, value: Symbol, known: Substitution) -> None:
    if _is_variable(kind):
        known.setdefault(_key(kind), value.as_instance())
    elif kind.name == "builtins.type" and kind.args:
        _unify(resolver, kind.args[0], value.as_instance(), known)
    elif kind.name in _CALLABLES and kind.args and value.kind is Kind.FUNCTION:
        for one in resolver.result(value)[:1]:
            _unify(resolver, kind.args[-1], one, known)
    elif kind.name in {"typing.Awaitable", "collections.abc.Awaitable"} and kind.args:
        _unify(resolver, kind.args[0], value, known)
    else:
        for inner, given in zip(kind.args, value.args, strict=False):
            _unify(resolver, inner, given, known)


def arguments_by_parameter(
    node: ast.AST, call: ast.Call, *, is_method: bool
) -> list[tuple[ast.arg, ast.expr]]:
    """Return the parameters of a function, each with the argument that a call gives it."""
    if not isinstance(node, _FUNCTION | ast.Lambda):
        return []
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    marks = {getattr(one, "id", "") for one in getattr(node, "decorator_list", ())}
    if is_method and "staticmethod" not in marks:
        positional = positional[1:]
    given = [one for one in call.args if not isinstance(one, ast.Starred)]
    pairs = list(zip(positional, given, strict=False))
    if arguments.vararg:
        pairs += [(arguments.vararg, one) for one in given[len(positional) :]]
    by_name = {one.arg: one for one in [*positional, *arguments.kwonlyargs]}
    for keyword in call.keywords:
        parameter = by_name.get(keyword.arg or "", arguments.kwarg)
        if parameter is not None and keyword.arg:
            pairs.append((parameter, keyword.value))
    return pairs


def _values_returned(resolver: "Resolver", source: Source, node: ast.AST) -> Symbols:
    """Return the values of the `return` and `yield` statements of a function itself."""
    found: list[Symbol] = []
    for part in own_nodes(node):
        if isinstance(part, ast.Return) and part.value:
            found += resolver.resolve_all(source, part.value)
        elif isinstance(part, ast.Yield) and part.value:
            args = resolver.resolve_all(source, part.value)[:1]
            found.append(Symbol(Kind.INSTANCE, "typing.Iterator", args=args))
    return tuple(found)


def own_nodes(function: ast.AST) -> list[ast.AST]:
    """Return the nodes of a function's body, without those of functions and classes in it."""
    body = getattr(function, "body", [])
    queue: list[ast.AST] = body[::-1] if isinstance(body, list) else [body]
    found: list[ast.AST] = []
    while queue:
        node = queue.pop()
        found.append(node)
        if not isinstance(node, _FUNCTION | ast.Lambda | ast.ClassDef):
            queue += reversed([*ast.iter_child_nodes(node)])
    return found


def elements(resolver: "Resolver", symbol: Symbol) -> Symbols:
    """Return the elements of an iterable."""
    if symbol.kind is Kind.UNKNOWN:
        return (symbol,) if symbol.name else ()
    if symbol.name == "builtins.str":
        return (builtin("str"),)
    if symbol.name == "builtins.tuple":
        return tuple(one for one in symbol.args if one.name)
    if symbol.node is None and symbol.args:
        return symbol.args[:1] if symbol.args[0].name else ()
    if symbol.is_class and resolver.is_subclass(symbol, "enum.Enum"):
        return (symbol.as_instance(),)
    return _iterated(resolver, symbol) if symbol.is_object else ()


def _iterated(resolver: "Resolver", symbol: Symbol) -> Symbols:
    """Return the items of the iterator of an object."""
    for method in ("__aiter__", "__iter__"):
        for found in resolver.member(symbol, method):
            if found.kind is Kind.FUNCTION and (results := resolver.result(found)):
                steps = resolver.member(results[0], "__anext__") if results[0] is symbol else ()
                return results[0].args[:1] or (resolver.result(steps[0]) if steps else ())
    return ()


def part(resolver: "Resolver", symbol: Symbol, index: int) -> Symbols:
    """Return an item of a tuple that is unpacked; -1 is the rest, as a list."""
    if symbol.name == "builtins.tuple" and symbol.args and index >= 0:
        is_open = len(symbol.args) <= index
        return symbol.args[-1:] if is_open else (symbol.args[index],)
    if index < 0:
        return (builtin("list", *symbol.args[:1]),)
    return elements(resolver, symbol) if symbol.kind is not Kind.UNKNOWN else (symbol,)
