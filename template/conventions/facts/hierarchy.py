"""The hierarchy of classes: which methods may run in place of a method."""

import ast
from collections import defaultdict
from functools import cached_property

from conventions.facts import members
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Symbol, Symbols


class Hierarchy:
    """The subclasses of classes, and the implementations of protocols.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def overrides(self, target: Symbol) -> Symbols:
        """Return the methods that may run in place of a method."""
        owner = target.receiver
        if owner is None or target.node is None or owner.source is None or not owner.is_object:
            return ()
        name = target.name.rpartition(".")[2]
        kinds = self._implementations.get(owner.node, ()) if owner.node else ()
        found = [one for kind in kinds for one in self.resolver.member(kind.as_instance(), name)]
        return tuple(dict.fromkeys(one for one in found if one.node is not target.node))

    @cached_property
    def _implementations(self) -> dict[ast.AST, list[Symbol]]:
        """The classes that may stand in for a class: subclasses, and those that fit a protocol."""
        found: dict[ast.AST, list[Symbol]] = defaultdict(list)
        classes = [
            self.resolver.resolve_all(source, node)[0]
            for source in self.resolver.sources.values()
            if source.path.startswith("app/")
            for node in source.nodes(ast.ClassDef)
        ]
        methods = {kind: _methods_of(kind.node) for kind in classes}
        bases = {kind: members.linearized(self.resolver, kind) for kind in classes}
        protocols = [k for k in classes if any(b.name == "typing.Protocol" for b in bases[k][1:])]
        for kind in classes:
            for base in bases[kind][1:]:
                if base.node is not None:
                    found[base.node].append(kind)
            for protocol in protocols:
                needed = methods[protocol]
                is_fitting = bool(needed) and all(
                    any(name in methods.get(base, ()) for base in bases[kind]) for name in needed
                )
                if is_fitting and kind is not protocol and protocol.node and kind not in protocols:
                    found[protocol.node].append(kind)
        return found

    @cached_property
    def property_names(self) -> frozenset[str]:
        """The names of all properties of the service."""
        return frozenset(
            node.name
            for source in self.resolver.sources.values()
            for node in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef)
            if members.is_property(node)
        )


def _methods_of(node: ast.AST | None) -> frozenset[str]:
    body = getattr(node, "body", ())
    return frozenset(
        one.name for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    )
