"""Reaching definitions: the bindings whose value a name may have at a place.

The value of a name is that of the last assignment before it; after an `if`, that of either branch.
A name of an enclosing scope has the values that it has at the end of that scope.
"""

import ast
from collections.abc import Sequence

from conventions.facts.bindings import (
    COMPREHENSIONS,
    DEFINITIONS,
    FUNCTIONS,
    Binding,
    Scope,
    bindings_in_comprehension,
    bindings_of,
    blocks_of,
    is_in_body,
    leaves,
    parameters_in,
    walrus_bindings_of,
)
from conventions.source import Source

_STATEMENTS = (ast.stmt, ast.ExceptHandler, ast.match_case, ast.Module)
_TRY = (ast.Try, ast.TryStar)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)

Found = tuple[list[Binding], bool]
"""Bindings of a name, and whether one of them is certain to happen."""


class Bindings:
    """The bindings in one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._own: dict[ast.AST, dict[str, list[Binding]]] = {}
        self._bound: dict[ast.AST, frozenset[str]] = {}
        self._ends: dict[tuple[ast.AST, str], list[Binding]] = {}
        self._has_walrus = any(True for _ in source.nodes(ast.NamedExpr))
        self._globals: dict[str, list[Binding]] | None = None

    def reaching(self, node: ast.AST, name: str) -> list[Binding]:
        """Return the bindings whose value a name may have at a node."""
        found: list[Binding] = []
        child, is_own_scope = node, True
        for parent in self._source.parents(node):
            bound: list[Binding] = []
            if isinstance(parent, COMPREHENSIONS):
                bound = bindings_in_comprehension(parent, child, name)
            elif isinstance(parent, FUNCTIONS) and is_in_body(parent, child):
                bound = self._in_function(name, parent, child if is_own_scope else None, found)
                is_own_scope = False
            elif isinstance(parent, ast.Module) and not is_own_scope:
                bound = self.at_end(parent, name)
            elif (
                is_own_scope
                and isinstance(parent, _STATEMENTS)
                and not isinstance(parent, FUNCTIONS)
            ):
                before, is_certain = self._before(name, parent, child, node)
                found += before
                bound = found if is_certain or isinstance(parent, ast.Module) else []
            if bound:
                return bound
            child = parent
        return found or self.at_end(self._source.tree, name)

    def _in_function(
        self, name: str, function: Scope, child: ast.AST | None, found: list[Binding]
    ) -> list[Binding]:
        """Return the bindings in a function around a node; `child` is its part with the node."""
        if child is not None:
            before, is_certain = self._before(name, function, child, child)
            if found := [*found, *before, *(() if is_certain else parameters_in(function, name))]:
                return found
        is_local = name in self.names_in(function) and not _is_declared(function, name)
        return self.at_end(function, name) if is_local else []

    def at_end(self, scope: Scope, name: str) -> list[Binding]:
        """Return the bindings whose value a name may have at the end of a scope."""
        key = scope, name
        if key not in self._ends:
            found, is_certain = self._in_block(name, _body_of(scope))
            if not is_certain:
                found += parameters_in(scope, name)
            if isinstance(scope, ast.Module):
                found += self._assigned_as_global(name)
            self._ends[key] = found
        return self._ends[key]

    def names_in(self, scope: Scope) -> frozenset[str]:
        """Return the names that a scope binds."""
        names = frozenset[str]().union(*map(self._bound_by, _body_of(scope)))
        if isinstance(scope, FUNCTIONS):
            parameters = ast.iter_child_nodes(scope.args)
            names |= {one.arg for one in parameters if isinstance(one, ast.arg)}
        return names

    def _before(self, name: str, parent: ast.AST, child: ast.AST, node: ast.AST) -> Found:
        """Return the bindings in a statement that happen before one of its children."""
        block = next((b for b in blocks_of(parent) if any(one is child for one in b)), None)
        if block is None:
            return self._earlier_in_head(name, parent, node), False
        index = next(i for i, one in enumerate(block) if one is child)
        is_sequence = isinstance(child, ast.stmt)  # of handlers and cases, one runs
        found, is_certain = self._in_block(name, block[:index] if is_sequence else [])
        if is_certain or isinstance(parent, (ast.Module, *DEFINITIONS)):
            return found, is_certain
        if isinstance(parent, _LOOPS) and block is parent.body:
            found += self._in_block(name, block[index:])[0]  # of an earlier round
        before, is_certain = self._before_block(name, parent, block)
        return found + before, is_certain

    def _before_block(self, name: str, parent: ast.AST, block: list[ast.AST]) -> Found:
        """Return the bindings in a statement that happen before one of its blocks."""
        if isinstance(parent, _TRY):
            return self._before_part_of_try(name, parent, block)
        own = self._own_bindings(parent).get(name, [])[-1:]
        if isinstance(parent, _LOOPS) and block is parent.orelse:
            return self._in_block(name, parent.body)[0] + own, False
        return own, bool(own)

    def _before_part_of_try(
        self, name: str, parent: ast.Try | ast.TryStar, block: list[ast.AST]
    ) -> Found:
        if block is parent.body:
            return [], False
        found, is_certain = self._in_block(name, parent.body)
        if block is parent.finalbody:
            found = found + [
                b for one in parent.handlers for b in self._in_block(name, one.body)[0]
            ]
        return found, is_certain and block is parent.orelse

    def _earlier_in_head(self, name: str, parent: ast.AST, node: ast.AST) -> list[Binding]:
        """Return the binding in the expressions of a statement that happens before a node."""
        found = list[Binding]()
        if self._has_walrus:
            found += [binding for bound, binding in walrus_bindings_of(parent) if bound == name]
        if isinstance(parent, ast.With | ast.AsyncWith):
            found += self._own_bindings(parent).get(name, [])
        if not found:
            return []
        place = _position(node)
        around = {node, *self._source.parents(node)}
        earlier = [
            binding
            for binding in found
            if _position(binding.node) < place and binding.value not in around
        ]
        return earlier[-1:]

    def _in_block(self, name: str, block: Sequence[ast.AST]) -> Found:
        """Return the bindings of a name that hold at the end of some statements."""
        found: list[Binding] = []
        for statement in reversed(block):
            if name in self._bound_by(statement):
                bindings, is_certain = self._in_statement(name, statement)
                found += bindings
                if is_certain:
                    return found, True
        return found, False

    def _in_statement(self, name: str, statement: ast.AST) -> Found:
        own = self._own_bindings(statement).get(name, [])[-1:]
        found, is_certain = list[Binding](), False
        match statement:
            case ast.If(body=body, orelse=orelse):
                found, is_certain = self._in_branches(name, [body, orelse])
            case ast.For() | ast.AsyncFor() | ast.While():
                blocks = [*statement.body, *statement.orelse]
                return self._in_block(name, blocks)[0] + own, False
            case ast.With() | ast.AsyncWith() | ast.match_case():
                found, is_certain = self._in_block(name, statement.body)
            case ast.Try() | ast.TryStar():
                return self._in_try(name, statement)
            case ast.Match(cases=cases):
                found = [each for case in cases for each in self._in_statement(name, case)[0]]
        return (found, True) if is_certain else (found + own, bool(own))

    def _in_try(self, name: str, statement: ast.Try | ast.TryStar) -> Found:
        last, is_certain = self._in_block(name, statement.finalbody)
        if is_certain:
            return last, True
        normal = [*statement.body, *statement.orelse]
        handlers = [handler.body for handler in statement.handlers]
        found, is_certain = self._in_branches(name, [normal, *handlers])
        return last + found, is_certain

    def _in_branches(self, name: str, branches: list[list[ast.stmt]]) -> Found:
        """Return the bindings in branches of which one runs; those that leave do not count."""
        results = [self._in_block(name, block) for block in branches if not leaves(block)]
        found = [binding for bindings, _ in results for binding in bindings]
        return found, bool(results) and all(is_certain for _, is_certain in results)

    def _assigned_as_global(self, name: str) -> list[Binding]:
        if self._globals is None:
            self._globals = {}
            for node in self._source.nodes(ast.Global):
                function = self._source.enclosing_function(node)
                for declared in node.names if function else ():
                    found = self._in_block(declared, _body_of(function))[0]
                    self._globals.setdefault(declared, []).extend(found)
        return self._globals.get(name, [])

    def _own_bindings(self, node: ast.AST) -> dict[str, list[Binding]]:
        if node not in self._own:
            own: dict[str, list[Binding]] = {}
            for name, binding in bindings_of(node, has_walrus=self._has_walrus):
                own.setdefault(name, []).append(binding)
            self._own[node] = own
        return self._own[node]

    def _bound_by(self, node: ast.AST) -> frozenset[str]:
        """Return the names that a statement binds, in its blocks too."""
        if node not in self._bound:
            blocks = () if isinstance(node, DEFINITIONS) else blocks_of(node)
            inner = [self._bound_by(child) for block in blocks for child in block]
            self._bound[node] = frozenset(self._own_bindings(node)).union(*inner)
        return self._bound[node]


def _body_of(scope: ast.AST | None) -> list[ast.stmt]:
    body = getattr(scope, "body", [])
    return body if isinstance(body, list) else []


def _is_declared(function: ast.AST, name: str) -> bool:
    """Return whether a function declares a name as that of an enclosing scope."""
    declarations = [one for one in _body_of(function) if isinstance(one, ast.Global | ast.Nonlocal)]
    return any(name in one.names for one in declarations)


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
