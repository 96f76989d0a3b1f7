"""The effects of functions, to a fixpoint over the call graph.

    effects.of(code)  # {Effect("calls-out", "POST"): Witness, Effect("writes"): Witness, …}
    effects.path(code, Effect("blocks"))  # "create → store → pathlib.Path.write_text"

A function has the effects of what it runs, except that a thread takes over what blocks, a job runs
elsewhere, and an exception that is caught ends there. Each effect keeps the edge by which it came.
"""

import ast
import re
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from conventions.facts.calling import own_nodes
from conventions.facts.graph import CORE, CallGraph, Catching, Code, Edge, Runs
from conventions.facts.patterns import Patterns, merged
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Kind, Symbol
from conventions.source import Source
from conventions.vocabulary import EFFECTS

SEEDS = tomllib.loads(Path(__file__).with_name("effects.toml").read_text("utf-8"))
OF_THREADS = frozenset({"blocks", "cpu"})
_METHODS = frozenset({"get", "head", "options", "post", "put", "patch", "delete"})
_SEARCH = re.compile(r"['\"/-](search|quer(y|ies)|lookup|filter|preview|token|graphql)")
"""The paths of requests that only read, by POST since their parameters are long."""
_UNSAFE = frozenset({"POST", "PATCH"})
_READING = ("sqlalchemy.Select", "sqlalchemy.CompoundSelect", "sqlalchemy.Exists")
_WRITING = ("sqlalchemy.Insert", "sqlalchemy.Update", "sqlalchemy.Delete")
_WRITING += ("sqlalchemy.dialects.postgresql.Insert", "sqlalchemy.UpdateBase")
_READING_TEXT = ("select", "show", "with", "explain", "table", "values")
_ANY_EXCEPTION = {"builtins.Exception", "builtins.BaseException"}


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that code does.

    Attributes:
        kind: `blocks`, `cpu`, `reads`, `writes`, `commits`, `opens-session`, `releases`,
            `calls-out`, `mails`, `hashes`, `unkeyed`,
            `spawns`, `enqueues`, `locks`, `logs` or `raises`.
        detail: The HTTP method of a call to another service, or the class that is raised.
    """

    kind: str
    detail: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Witness:
    """The reason why code has an effect.

    Attributes:
        source: The file.
        site: The call or the `raise` in it.
        edge: The edge; `None` for a `raise`.
        is_own: Whether the edge has the effect itself, and not the code at its end.
    """

    source: Source
    site: ast.AST
    edge: Edge | None
    is_own: bool


Effects = Mapping[Effect, Witness]


class EffectTable:
    """The effects of all functions of a service.

    Args:
        graph: The call graph.
        more: Names of functions by effect, in addition to the table of the review.
    """

    def __init__(self, graph: CallGraph, more: Mapping[str, Iterable[str]] | None = None) -> None:
        self._graph = graph
        self._resolver: Resolver = graph.resolver
        self._seeds = Patterns(merged(SEEDS, EFFECTS, more or {}))
        self._catching = Catching(graph.resolver)
        self._found: dict[Code, dict[Effect, Witness]] = defaultdict(dict)
        self._settle()

    def of(self, code: Code | None) -> Effects:
        """Return the effects of code."""
        return self._found.get(code, {}) if code else {}

    def has(self, code: Code | None, *kinds: str) -> bool:
        """Return whether code has an effect of one of some kinds."""
        return any(effect.kind in kinds for effect in self.of(code))

    def of_edge(self, edge: Edge) -> set[Effect]:
        """Return the effects that an edge has on the code where it begins."""
        own = self.own_effects(edge)
        return own | {effect for effect in self.of(edge.callee) if self._passes(edge, effect)}

    def words_of(self, names: Iterable[str]) -> frozenset[str]:
        """Return the effects of a function of one of some names, by the table."""
        return self._seeds.words_of(names)

    def is_logging(self, names: Iterable[str]) -> bool:
        """Return whether a function of one of some names writes to the log."""
        return "logs" in self._seeds.words_of(names)

    def path(self, code: Code, effect: Effect) -> str:
        """Return the way from code to the call with the effect, such as `create → store → open`."""
        names, seen = [code.short_name], {code}
        while witness := self.of(code).get(effect):
            edge = witness.edge
            if edge is None or edge.callee is None or witness.is_own or edge.callee in seen:
                return " → ".join([*names, edge.target.label] if edge else names)
            code = edge.callee
            seen.add(code)
            names.append(code.short_name)
        return " → ".join(names)

    def origin(self, code: Code, effect: Effect) -> Witness | None:
        """Return the last step of the way from code to the call with the effect."""
        witness, seen = self.of(code).get(effect), {code}
        while witness and not witness.is_own and witness.edge and witness.edge.callee:
            code = witness.edge.callee
            if code in seen:
                break
            seen.add(code)
            witness = self.of(code).get(effect, witness)
        return witness

    def _settle(self) -> None:
        queue: deque[Code] = deque()
        for code in self._graph.codes("app"):
            for effect, witness in self._first_effects(code):
                self._found[code].setdefault(effect, witness)
            if self._found.get(code):
                queue.append(code)
        waiting = set(queue)
        while queue:
            callee = queue.popleft()
            waiting.discard(callee)
            for edge in self._graph.callers(callee):
                if self._add(edge, callee) and edge.caller not in waiting:
                    queue.append(edge.caller)
                    waiting.add(edge.caller)

    def _add(self, edge: Edge, callee: Code) -> bool:
        known = self._found[edge.caller]
        new = [
            effect
            for effect in self._found[callee]
            if effect not in known and self._passes(edge, effect)
        ]
        known |= {
            effect: Witness(edge.caller.source, edge.site, edge, is_own=False) for effect in new
        }
        return bool(new)

    def _first_effects(self, code: Code) -> Iterator[tuple[Effect, Witness]]:
        """Yield the effects of the calls in code."""
        for edge in self._graph.edges_from(code):
            for effect in self.own_effects(edge):
                yield effect, Witness(code.source, edge.site, edge, is_own=True)
        for node in own_nodes(code.node):
            if isinstance(node, ast.Raise) and node.exc:
                for kind in self._resolver.resolve_all(code.source, node.exc):
                    effect = Effect("raises", kind.name)
                    if not self._is_caught(code.source, node, effect):
                        yield effect, Witness(code.source, node, None, is_own=True)

    def own_effects(self, edge: Edge) -> set[Effect]:
        """Return the effects of the function at the end of an edge, by the table."""
        words = self._seeds.words_of(edge.target.names)
        if edge.runs is Runs.JOB or not words or "harmless" in words:
            return set()
        if edge.runs is Runs.THREAD:
            words -= OF_THREADS
        return {effect for word in words for effect in self._detailed(word, edge)}

    def _detailed(self, word: str, edge: Edge) -> Iterator[Effect]:
        call = edge.site if isinstance(edge.site, ast.Call) else None
        if word == "executes":
            yield Effect(self.statement_effect(edge.caller.source, call))
        elif word == "calls-out":
            method = self._http_method(edge, call)
            yield Effect(word, method)
            text = ast.unparse(call) if call else ""
            if method in _UNSAFE and "idempotency_key" not in text and not _SEARCH.search(text):
                yield Effect("unkeyed", method)
        else:
            yield Effect(word)

    def _http_method(self, edge: Edge, call: ast.Call | None) -> str:
        method = edge.target.name.rpartition(".")[2]
        if method in _METHODS:
            return method.upper()
        if edge.target.wraps and call:  # a partial holds the first arguments
            made = self._resolver.value_behind(edge.caller.source, call.func)
            call = made if isinstance(made, ast.Call) else call
            call = ast.Call(func=call.func, args=call.args[1:], keywords=call.keywords)
        named = [k.value for k in call.keywords if k.arg == "method"] if call else []
        first = [*(call.args[:1] if call else ()), *named]
        for symbol in self._resolver.resolve_all(edge.caller.source, next(iter(first), None)):
            if isinstance(symbol.value, str) and symbol.value.lower() in _METHODS:
                return symbol.value.upper()
        return ""

    def statement_effect(self, source: Source, call: ast.Call | None) -> str:
        """Return `writes` or `reads`, for a call that executes a statement."""
        statements = self._resolver.resolve_all(source, call.args[0]) if call and call.args else ()
        return (
            "writes" if any(self._is_writing(source, one, call) for one in statements) else "reads"
        )

    def _is_writing(self, source: Source, statement: Symbol, call: ast.Call | None) -> bool:
        if statement.name in _READING:
            return False
        if statement.name in _WRITING or statement.name.startswith(
            ("sqlalchemy.sql.dml.", "sqlalchemy.dialects.postgresql")
        ):
            return True
        if statement.name in {"sqlalchemy.TextClause", "builtins.str"} and call:
            text = self._text_of(source, call.args[0], statement)
            return bool(text) and not text.lstrip(" \n(").lower().startswith(_READING_TEXT)
        return False

    def _text_of(self, source: Source, node: ast.expr, statement: Symbol) -> str:
        if isinstance(statement.value, str):
            return statement.value
        inner = node.args[0] if isinstance(node, ast.Call) and node.args else node
        found = self._resolver.resolve_all(source, inner)
        return next((one.value for one in found if isinstance(one.value, str)), "")

    def _passes(self, edge: Edge, effect: Effect) -> bool:
        """Return whether an effect of the code at the end of an edge is one of its beginning."""
        if edge.runs is Runs.JOB:
            return False
        if edge.runs is Runs.THREAD and effect.kind in OF_THREADS:
            return False
        if effect.kind == "raises":
            return not self._is_caught(edge.caller.source, edge.site, effect)
        return not CORE.words_of(edge.target.names)  # the table says what the core does

    def _is_caught(self, source: Source, node: ast.AST, effect: Effect) -> bool:
        caught = self._catching.around(source, node)
        if not caught:
            return False
        return bool(caught & {*_ANY_EXCEPTION, *self._ancestors(effect.detail)})

    def _ancestors(self, name: str) -> Iterator[str]:
        module, _, last = name.rpartition(".")
        for symbol in self._resolver.global_symbol(module, last):
            if symbol.kind is Kind.CLASS:
                yield from self._resolver.ancestors(symbol)
