"""Symbols: the things that expressions refer to."""

import ast
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from conventions.source import Source


class Kind(StrEnum):
    """The kinds of symbols."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"
    INSTANCE = "instance"
    VALUE = "value"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A symbol: the thing that an expression refers to.

    Attributes:
        kind: A module, function, class, an instance of a class, a constant, or a name of a library
            about which no more is known; the result of calling such a name has the same name.
        name: The dotted name where it is defined, not where it is re-exported; the name of the
            class for an instance and a constant.
        source: The file that defines it; `None` for libraries.
        node: The definition: of the function, of the class, of the class of an instance.
        origin: The dotted name of the variable or the alias that holds it, such as `os.environ`.
        args: The type arguments, each as an instance.
        value: The constant.
        receiver: The instance or the class whose method it is.
        wraps: The function that an instance was made of by a decorator, or a partial.
    """

    kind: Kind
    name: str
    source: Source | None = None
    node: ast.AST | None = None
    origin: str = ""
    args: tuple["Symbol", ...] = ()
    value: Any = None
    receiver: "Symbol | None" = None
    wraps: "Symbol | None" = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which tables of the review know it."""
        owner = f"{self.receiver.name}.{self.name.rpartition('.')[2]}" if self.receiver else ""
        return tuple(name for name in (self.name, self.origin, owner) if name)

    @property
    def label(self) -> str:
        """The name in messages: as the code imports it, for a library."""
        is_library = self.source is None and self.kind is Kind.FUNCTION
        return self.origin if is_library and self.origin else self.name

    @property
    def is_class(self) -> bool:
        """`True` for a class."""
        return self.kind is Kind.CLASS

    @property
    def is_object(self) -> bool:
        """`True` for an instance of a known class, and for a constant."""
        return self.kind in {Kind.INSTANCE, Kind.VALUE}

    @property
    def is_none(self) -> bool:
        """`True` for `None`."""
        return self.kind is Kind.VALUE and self.value is None

    def as_instance(self) -> "Symbol":
        """Return an instance of a class; anything else as it is."""
        if self.name in {"builtins.type", "typing.Type"} and self.args:
            return self.args[0].as_class()
        return replace(self, kind=Kind.INSTANCE) if self.is_class else self

    def computed(self) -> "Symbol":
        """Return the type of an expression that has this as its first operand."""
        is_value = self.kind is Kind.VALUE
        return replace(self, kind=Kind.INSTANCE, value=None, origin="") if is_value else self

    def as_class(self) -> "Symbol":
        """Return the class of an instance; anything else as it is."""
        is_object = self.is_object
        return replace(self, kind=Kind.CLASS, value=None, origin="") if is_object else self


Symbols = tuple[Symbol, ...]
UNTYPED = frozenset({"typing.Any", "builtins.object"})
NONE = Symbol(Kind.VALUE, "builtins.NoneType")
DICTS = frozenset(
    {"builtins.dict", "collections.defaultdict", "typing.Mapping", "collections.abc.Mapping"}
)


def builtin(name: str, *args: Symbol) -> Symbol:
    """Return an instance of a built-in class."""
    return Symbol(Kind.INSTANCE, f"builtins.{name}", args=args)


def unknown(name: str) -> Symbol:
    """Return a name of a library about which no more is known."""
    return Symbol(Kind.UNKNOWN, name)


def distinct(symbols: Symbols | list[Symbol]) -> Symbols:
    """Return the symbols without duplicates, and without `None` beside others."""
    found = tuple(dict.fromkeys(symbols))
    return tuple(one for one in found if not one.is_none) or found
