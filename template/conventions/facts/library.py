"""Symbols of libraries, read from the imported modules."""

import builtins
import inspect
import sys
import tomllib
import typing
from collections.abc import Iterable
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType, UnionType
from typing import Annotated, Any, Self, TypeVar, Union, get_args, get_origin

from conventions.facts.symbols import NONE, Kind, Symbol, Symbols, unknown

_TABLE = tomllib.loads(Path(__file__).with_name("library.toml").read_text("utf-8"))
_MISSING = object()
_SELF = {"Self", "typing.Self"}
_PROPERTIES = (property, cached_property)
_STATIC = inspect.getattr_static
_CALLABLES = (FunctionType, type(len), type("".join), type(str.join), type(object.__init__))


class Library:
    """The installed libraries.

    Args:
        own: The packages of the service, which are never imported.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self._own = frozenset(own)
        self._found: dict[str, Any] = {}

    def symbols(self, name: str) -> Symbols:
        """Return the symbol of a dotted name."""
        found = self._find(name)
        return (unknown(name),) if found is _MISSING else (self._symbol(found, name),)

    def member(self, owner: Symbol, attribute: str) -> Symbols:
        """Return an attribute of a symbol of a library."""
        if owner.kind in {Kind.UNKNOWN, Kind.MODULE, Kind.FUNCTION}:
            return self.symbols(f"{owner.name}.{attribute}")
        name = f"{owner.name}.{attribute}"
        if known := _TABLE["attributes"].get(name):
            return self._declared(known, owner)
        kind = self._find(owner.name)
        if not isinstance(kind, type):
            return (unknown(name),)
        return self._member_of_class(kind, owner, attribute)

    def _member_of_class(self, kind: type, owner: Symbol, attribute: str) -> Symbols:
        found = _STATIC(kind, attribute, None)
        name = f"{_public_name(_definer(kind, attribute))}.{attribute}"
        origin = f"{owner.name}.{attribute}"
        if isinstance(found, _PROPERTIES):
            getter = getattr(found, "fget", None) or getattr(found, "func", None)
            return self._returned_by(getter, owner) or (unknown(name),)
        found = getattr(found, "__func__", found)
        if isinstance(found, type):
            return (self._symbol(found, origin),)
        if callable(found):
            return (Symbol(Kind.FUNCTION, name, origin=origin, receiver=owner),)
        declared_by = [vars(base).get("__annotations__") for base in kind.__mro__]
        hints = [one for one in declared_by if isinstance(one, dict)]
        declared = next((one[attribute] for one in hints if attribute in one), _MISSING)
        if declared is not _MISSING:
            return self._of_annotation(_evaluated(declared, kind), owner) or (unknown(name),)
        return (unknown(name),)

    def returned(self, function: Symbol) -> Symbols:
        """Return the results of calling a function of a library."""
        if known := next(
            (_TABLE["returns"][n] for n in function.names if n in _TABLE["returns"]), ""
        ):
            return self._declared(known, function.receiver)
        return self._returned_by(self._find(function.name), function.receiver) or (
            unknown(function.name),
        )

    def bases(self, name: str) -> list[str]:
        """Return the names of the classes from which a class of a library inherits, and its own."""
        kind = self._find(name)
        return [_public_name(base) for base in kind.__mro__] if isinstance(kind, type) else [name]

    def has(self, owner: Symbol, attribute: str) -> bool:
        """Return whether a class of a library is known to have an attribute."""
        return _STATIC(self._find(owner.name), attribute, _MISSING) is not _MISSING

    def names_in(self, module: str) -> list[str]:
        """Return the public names of a module of a library."""
        found = self._find(module)
        names = getattr(found, "__all__", None) or [n for n in dir(found) if not n.startswith("_")]
        return list(names) if isinstance(found, ModuleType) else []

    def _declared(self, known: str, receiver: Symbol | None) -> Symbols:
        """Return the instances that a table declares, such as `Self` or a class."""
        if known == "Self":
            return (receiver.as_instance(),) if receiver else ()
        return tuple(one.as_instance() for one in self.symbols(known))

    def _find(self, name: str) -> Any:  # noqa: ANN401 - any object
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> Any:  # noqa: ANN401 - any object
        parent, _, last = name.rpartition(".")
        if name.partition(".")[0] in self._own:
            return _MISSING
        if not parent:
            return _imported(name)
        if parent == "builtins":
            return getattr(builtins, last, _MISSING)
        holder = self._find(parent)
        if holder is _MISSING:
            return _MISSING
        found = _STATIC(holder, last, _MISSING)
        if found is _MISSING and isinstance(holder, ModuleType):
            return _imported(name) if hasattr(holder, "__path__") else _lazy(holder, last)
        return getattr(found, "__func__", found)

    def _symbol(self, found: object, name: str) -> Symbol:
        if isinstance(found, ModuleType):
            return Symbol(Kind.MODULE, found.__name__)
        is_class = isinstance(found, type)
        if not is_class and _is_special_form(found):
            origin = get_origin(found)
            return Symbol(Kind.CLASS, _public_name(origin) if origin else name)
        if is_class or (callable(found) and hasattr(found, "__qualname__")):
            public = _TABLE["aliases"].get(_public_name(found), _public_name(found))
            kind = Kind.CLASS if is_class else Kind.FUNCTION
            return Symbol(kind, public, origin=name if name != public else "")
        if isinstance(found, str | bytes | int | float | bool | None):
            return Symbol(Kind.VALUE, _public_name(type(found)), origin=name, value=found)
        if get_origin(found) is not None or isinstance(found, TypeVar):
            return Symbol(Kind.UNKNOWN, name)
        return Symbol(Kind.INSTANCE, _public_name(type(found)), origin=name)

    def _returned_by(self, function: Any, receiver: Symbol | None) -> Symbols:  # noqa: ANN401 - any callable
        annotation = _return_annotation(function)
        return () if annotation is _MISSING else self._of_annotation(annotation, receiver)

    def _of_annotation(self, annotation: Any, receiver: Symbol | None) -> Symbols:  # noqa: ANN401 - any annotation
        """Return the instances that an annotation declares; empty if it declares nothing."""
        origin, parts = get_origin(annotation), get_args(annotation)
        if annotation is None or annotation is type(None):
            return (NONE,)
        if origin is Annotated:
            return self._of_annotation(parts[0], receiver)
        if origin in {Union, UnionType}:
            kinds = [one for part in parts for one in self._of_annotation(part, receiver)]
            return tuple(one for one in kinds if not one.is_none)
        if annotation is Self or isinstance(annotation, TypeVar):
            return self._of_type_variable(annotation, receiver)
        kind = origin or annotation
        if not isinstance(kind, type) or kind in {object, Any}:
            return ()
        args = [one for part in parts for one in self._of_annotation(part, receiver)[:1]]
        return (Symbol(Kind.INSTANCE, _public_name(kind), args=tuple(args)),)

    def _of_type_variable(self, variable: Any, receiver: Symbol | None) -> Symbols:  # noqa: ANN401 - `Self` has no class
        """Return the type argument of the receiver, or the receiver for a variable like `Self`."""
        kind = self._find(receiver.name) if receiver else None
        parameters = getattr(kind, "__parameters__", ())
        if receiver and variable in parameters and len(receiver.args) > parameters.index(variable):
            return (receiver.args[parameters.index(variable)],)
        bound = getattr(variable, "__bound__", None)
        is_self = isinstance(bound, type) and isinstance(kind, type) and issubclass(kind, bound)
        if receiver and (is_self or "Self" in variable.__name__):
            return (receiver.as_instance(),)
        return self._of_annotation(bound, receiver) if isinstance(bound, type) else ()


def _is_special_form(found: object) -> bool:
    """Return whether an object is a part of the language of types, such as `Literal`."""
    is_special = type(found).__module__ in {"typing", "typing_extensions"}
    return is_special and not isinstance(found, TypeVar) and not isinstance(found, FunctionType)


def _imported(name: str) -> Any:  # noqa: ANN401 - a module
    if name in sys.modules:
        return sys.modules[name]
    try:
        return import_module(name)
    except (Exception, SystemExit):  # noqa: BLE001 - not installed, or not importable here
        return _MISSING


def _lazy(module: ModuleType, name: str) -> Any:  # noqa: ANN401 - any object
    """Return an attribute that a module computes when it is asked for it."""
    try:
        return getattr(module, name, _MISSING)
    except Exception:  # noqa: BLE001 - a module that refuses
        return _MISSING


def _definer(kind: type, attribute: str) -> type:
    return next((base for base in kind.__mro__ if attribute in vars(base)), kind)


@cache
def _public_name(found: Any) -> str:  # noqa: ANN401 - a class or a function
    """Return the shortest name by which a library exports a class or a function."""
    module = getattr(found, "__module__", None) or "builtins"
    qualified = getattr(found, "__qualname__", type(found).__qualname__)
    first, _, rest = qualified.partition(".")
    target = getattr(sys.modules.get(module), first, _MISSING)
    packages = module.split(".")
    for length in range(1, len(packages)):
        package = ".".join(packages[:length])
        if vars(sys.modules.get(package, builtins)).get(first, None) is target:
            module = package
            break
    return ".".join(filter(None, [module.removeprefix("_"), first, rest]))


def _return_annotation(function: Any) -> Any:  # noqa: ANN401 - any callable
    if not callable(function):
        return _MISSING
    function = inspect.unwrap(function)
    annotation = getattr(function, "__annotations__", {}).get("return", _MISSING)
    return _evaluated(annotation, function)


def _evaluated(annotation: Any, owner: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return an annotation with the names in it looked up; a missing one if that fails."""
    if not isinstance(annotation, str):
        return annotation
    names = getattr(owner, "__globals__", None) or vars(sys.modules.get(owner.__module__, typing))

    def holder() -> None: ...

    holder.__annotations__ = {"return": annotation}
    try:
        return typing.get_type_hints(holder, globalns=names, include_extras=True)["return"]
    except Exception:  # noqa: BLE001 - a name for type checkers alone
        return _MISSING
