"""The place where functions run that are passed on: in a thread, a task, later, or at once."""

import ast
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from conventions.facts.bindings import COMPREHENSIONS
from conventions.facts.calling import arguments_by_parameter, own_nodes
from conventions.facts.patterns import Patterns
from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Symbols
from conventions.source import Source

_TABLE = tomllib.loads(Path(__file__).with_name("callbacks.toml").read_text("utf-8"))
RUNNERS = Patterns({word: entry["names"] for word, entry in _TABLE.items()})
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Runs(StrEnum):
    """The place where the code at the end of an edge runs."""

    HERE = "here"
    THREAD = "thread"
    TASK = "task"
    LATER = "later"
    JOB = "job"
    DEPENDENCY = "dependency"


class Runners:
    """The place where the functions that a call is given run.

    Args:
        resolver: The symbols that expressions refer to.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def of_argument(self, callees: Symbols, call: ast.Call, argument: ast.expr) -> Runs:
        """Return where the functions of the service run a function that they are given."""
        found = {
            self._runs_parameter(callee.source, callee.node, parameter.arg, frozenset())
            for callee in callees
            if callee.source is not None and isinstance(callee.node, _FUNCTIONS)
            for parameter, given in arguments_by_parameter(
                callee.node, call, is_method=callee.receiver is not None
            )
            if given is argument
        }
        return found.pop() if len(found) == 1 else Runs.HERE

    def _runs_parameter(
        self, source: Source, function: ast.AST, name: str, seen: frozenset[ast.AST]
    ) -> Runs:
        """Return where a function runs one of its parameters."""
        found: set[Runs] = set()
        calls = [node for node in own_nodes(function) if isinstance(node, ast.Call)]
        for call in calls if function not in seen else ():
            if getattr(call.func, "id", "") == name:
                return Runs.HERE
            passed = [one for one in call.args if getattr(one, "id", "") == name]
            callees = self._resolver.resolve_all(source, call.func) if passed else ()
            runs = runner({one for callee in callees for one in callee.names})
            for callee in callees if runs is Runs.HERE else ():
                for parameter, given in arguments_by_parameter(
                    callee.node or function, call, is_method=callee.receiver is not None
                ):
                    if given in passed and callee.source and callee.node:
                        inner = seen | {function}
                        runs = self._runs_parameter(
                            callee.source, callee.node, parameter.arg, inner
                        )
            found |= {runs} if passed else set()
        return found.pop() if len(found) == 1 else Runs.HERE

    def around(self, source: Source, call: ast.Call) -> Runs:
        """Return where a coroutine runs: in a task if the call is an argument of `create_task`."""
        for parent in source.parents(call):
            if isinstance(parent, ast.Call):
                names = self._resolver.names(source, parent.func)
                return Runs.TASK if "task" in RUNNERS.words_of(names) else Runs.HERE
            if not isinstance(parent, (ast.Starred, ast.List, ast.Tuple, *COMPREHENSIONS)):
                return Runs.HERE
        return Runs.HERE


def runner(names: Iterable[str]) -> Runs:
    """Return where a function that is passed to one of some functions runs."""
    words = sorted(RUNNERS.words_of(names))
    runs = Runs(words[0]) if words else Runs.HERE
    return Runs.HERE if runs is Runs.TASK else runs  # a coroutine has an edge of its own
