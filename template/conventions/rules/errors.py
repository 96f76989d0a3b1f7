"""Error handling: swallowed exceptions, error codes, leaked texts, clocks."""

import ast
import re
from collections.abc import Iterator

from app.core.errors import AppError
from conventions.facts.bindings import How
from conventions.facts.calling import own_nodes
from conventions.facts.facts import Facts
from conventions.facts.flows import ErrorTexts, is_error_for_clients
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source
from conventions.vocabulary import APP_ERROR, HTTP_ERRORS

_CANCELLED = "asyncio.CancelledError"
_BROAD = {"builtins.Exception", "builtins.BaseException", _CANCELLED, APP_ERROR}
_SUPPRESS = "contextlib.suppress"
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_SERVER_ERROR = re.compile(r"\b5\d\d\b|HTTP_5|INTERNAL_SERVER|BAD_GATEWAY|SERVICE_UNAVAILABLE")
_ABOVE_CORE = ("app/accounts", "app/features", "app/integrations")
_CLOCKS = {"time.time", "datetime.datetime.now", "datetime.datetime.utcnow"}


@rule("swallowed-exception")
def find_swallowed_exceptions(service: Service) -> Iterator[Violation]:
    """Find broad handlers that neither raise, log, nor use the exception."""
    facts = service.facts
    for source in service.sources.under("app"):
        for call in source.calls():
            if _SUPPRESS in facts.names(source, call.func):
                for kind in sorted(_swallowed(facts, source, call, call.args)):
                    yield source.violation(call, f"suppresses every {kind} without a log line")
        for handler in source.nodes(ast.ExceptHandler):
            caught = [handler.type] if handler.type else []
            broad = _swallowed(facts, source, handler, caught)
            if broad and not _handles(facts, source, handler):
                name = max(broad).removeprefix("builtins.")
                yield source.violation(handler, f"catches every {name} without a log line")
        yield from _swallowed_by_return(source)
        yield from _swallowed_results(facts, source)


def _swallowed(facts: Facts, source: Source, place: ast.AST, caught: list[ast.expr]) -> set[str]:
    """Return the broad classes that a place catches, other than the end of a task of its own."""
    kinds = [kind for one in caught for kind in _kinds(facts, source, one)]
    broad = _BROAD & {*(kinds if caught else ["builtins.BaseException"])}
    return set() if broad == {_CANCELLED} and _awaits_cancelled_task(source, place) else broad


def _swallowed_by_return(source: Source) -> Iterator[Violation]:
    """Yield the returns in `finally` and in exits of contexts that end an exception."""
    for node in source.nodes(ast.Try):
        for part in (one for statement in node.finalbody for one in ast.walk(statement)):
            if isinstance(part, ast.Return):
                yield source.violation(part, "`return` in `finally` swallows every exception")
    for function in source.functions():
        is_exit = function.name in {"__exit__", "__aexit__"} and not _looks_at_error(function)
        for part in own_nodes(function) if is_exit else ():
            if isinstance(part, ast.Return) and getattr(part.value, "value", None) is True:
                yield source.violation(part, f"`{function.name}` swallows every exception")


def _swallowed_results(facts: Facts, source: Source) -> Iterator[Violation]:
    """Yield the exceptions that are returned instead of raised, and not looked at."""
    for call in source.calls():
        names = facts.names(source, call.func)
        kept = [one.value for one in call.keywords if one.arg == "return_exceptions"]
        is_kept = any(getattr(one, "value", None) for one in kept)
        is_kept &= "asyncio.gather" in names and not _awaits_cancelled_task(source, call)
        if is_kept and (place := _unread_results(source, call)):
            yield source.violation(place, "ignores the exceptions that `gather` returns")
        is_of_task = any(name.endswith((".Task.exception", ".Future.exception")) for name in names)
        if is_of_task and isinstance(source.parent(call), ast.Expr):
            yield source.violation(call, "ignores the exception of a task")


def _unread_results(source: Source, call: ast.Call) -> ast.AST | None:
    """Return the place where the exceptions among the results of `gather` are ignored."""
    statement = next(one for one in source.parents(call) if isinstance(one, ast.stmt))
    if isinstance(statement, ast.Expr):
        return statement
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    function = source.enclosing_function(call)
    if not isinstance(target, ast.Name) or function is None:
        return None
    uses = [one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == target.id]
    later = [one for one in uses if isinstance(one.ctx, ast.Load) and one.lineno > call.lineno]
    whole = " ".join(ast.unparse(_statement(source, one)) for one in later)
    is_looked_at = re.search(r"Exception|Error|raise|except|log", whole)
    return statement if later and not is_looked_at else None


def _statement(source: Source, node: ast.AST) -> ast.AST:
    return next(one for one in source.parents(node) if isinstance(one, ast.stmt))


def _looks_at_error(function: _FUNCTIONS) -> bool:
    names = {one.arg for one in function.args.args[1:]}
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(function))


def _kinds(facts: Facts, source: Source, node: ast.expr) -> list[str]:
    """Return the names of the classes in a tuple, a name of one, or a starred one."""
    node = node.value if isinstance(node, ast.Starred) else node
    if isinstance(node, ast.Tuple):
        return [kind for part in node.elts for kind in _kinds(facts, source, part)]
    found = facts.resolver.resolve_all(source, node)
    kinds: list[str] = []
    for symbol in found:
        inner = symbol.args if symbol.name == "builtins.tuple" else (symbol,)
        kinds += [one.name for one in inner]
    return kinds or ["?"]


def _awaits_cancelled_task(source: Source, node: ast.AST) -> bool:
    """Return whether the block awaits a task that the function has cancelled itself."""
    function = source.enclosing_function(node)
    calls = [one for one in ast.walk(function) if isinstance(one, ast.Call)] if function else []
    return any(getattr(one.func, "attr", "") == "cancel" for one in calls)


def _handles(facts: Facts, source: Source, handler: ast.ExceptHandler) -> bool:
    """Return whether a handler raises, logs, or uses the exception."""
    for node in (part for statement in handler.body for part in ast.walk(statement)):
        if isinstance(node, ast.Raise):
            return True
        name = node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else None
        if name and name == handler.name:
            return True
        if isinstance(node, ast.Call):
            if facts.effects.is_logging(facts.names(source, node.func)):
                return True
            code = facts.graph.code_around(source, node)
            edges = facts.graph.edges_from(code) if code else ()
            called = [edge.callee for edge in edges if edge.site is node]
            if any(facts.effects.has(one, "logs") for one in called):
                return True
    return False


@rule("unnamed-error")
def find_unnamed_errors(service: Service) -> Iterator[Violation]:
    """Find HTTPException outside the routers or with a 5xx status, and plain AppError."""
    facts = service.facts
    for source, node in service.sources.under(*_ABOVE_CORE).nodes(ast.Raise):
        if _is_parameter(facts, source, node.exc):
            continue  # the caller chooses the error
        names = facts.names(source, node.exc)
        call = node.exc if isinstance(node.exc, ast.Call) else None
        names |= facts.names(source, call.func) if call else frozenset()
        at_edge = source.path.endswith("/router.py") and not _SERVER_ERROR.search(ast.unparse(node))
        is_http = bool(names & {*HTTP_ERRORS}) and not at_edge
        if APP_ERROR in names or is_http:
            name = "AppError" if APP_ERROR in names else "HTTPException"
            yield source.violation(node, f"`{name}` has no code of its own")


def _is_parameter(facts: Facts, source: Source, node: ast.expr | None) -> bool:
    if not isinstance(node, ast.Name):
        return False
    bindings = facts.resolver.bindings(source).reaching(node, node.id)
    return bool(bindings) and all(one.how is How.PARAMETER for one in bindings)


@rule("error-code")
def find_error_codes(service: Service) -> Iterator[Violation]:
    """Find errors without a code, with the code of another error, or with a malformed code."""
    owners: dict[str, str] = {}
    for kind in _errors(service):
        name, owner = kind.__name__, owners.setdefault(kind.code, kind.__name__)
        if "code" not in vars(kind) and not kind.__subclasses__():
            message = f"`{name}` has no code of its own"
        elif "code" in vars(kind) and owner != name:
            message = f"`{name}` has the same code as {owner}: {kind.code!r}"
        elif not re.fullmatch("[a-z][a-z0-9_]*", kind.code):
            message = f"the code of {name} is not snake_case: {kind.code!r}"
        else:
            continue
        path, line = service.location_of(kind)
        yield Violation(path=path, line=line, message=message)


def _errors(service: Service) -> list[type[AppError]]:
    """Return every error of the service, a class before its subclasses."""
    service.app  # noqa: B018 - imports the subclasses
    kinds = [AppError]
    for kind in kinds:
        kinds += [other for other in kind.__subclasses__() if other not in kinds]
    return [kind for kind in kinds if service.source_of(kind)]


@rule("leaked-error-text")
def find_leaked_error_texts(service: Service) -> Iterator[Violation]:
    """Find texts of caught exceptions, of tracebacks and of paths in errors and responses."""
    facts = service.facts
    of_errors = ErrorTexts(facts.graph, with_paths=True)
    of_responses = ErrorTexts(facts.graph, with_paths=False)
    endpoints: set[ast.AST] = {endpoint.node for endpoint in service.routes}
    for source in service.sources.under(*_ABOVE_CORE):
        for place, values in _exposed(facts, source, endpoints):
            is_error = isinstance(place, ast.Call) and _is_error(facts, source, place)
            texts = of_errors if is_error else of_responses
            origin = next(filter(None, (texts.origin(source, one) for one in values)), "")
            if origin:
                yield source.violation(place, f"returns the text of `{origin}` to the client")


def _exposed(
    facts: Facts, source: Source, endpoints: set[ast.AST]
) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
    """Yield the calls whose arguments a client gets."""
    for call in source.calls():
        arguments = [*call.args, *(one.value for one in call.keywords if one.arg != "headers")]
        is_returned = any(isinstance(parent, ast.Return) for parent in source.parents(call))
        is_response = is_returned and source.enclosing_function(call) in endpoints
        if is_response or _is_error(facts, source, call):
            yield call, arguments


def _is_error(facts: Facts, source: Source, call: ast.Call) -> bool:
    found = facts.resolver.resolve_all(source, call.func)
    return any(is_error_for_clients(one, facts.resolver.ancestors(one)) for one in found)


@rule("wall-clock")
def find_wall_clocks(service: Service) -> Iterator[Violation]:
    """Find durations that are measured with the wall clock."""
    facts = service.facts
    for source, node in service.sources.under("app").nodes(ast.BinOp):
        if isinstance(node.op, ast.Sub):
            clocks = [_clock_of(facts, source, side) for side in (node.left, node.right)]
            if clocks[0] and clocks[0] == clocks[1]:
                yield source.violation(node, f"measures a duration with `{clocks[0]}`")


def _clock_of(facts: Facts, source: Source, node: ast.expr) -> str:
    """Return the clock whose time an expression is; empty if it is none."""
    if isinstance(node, ast.Call):
        return next(iter(sorted(facts.names(source, node.func) & _CLOCKS)), "")
    if isinstance(node, ast.Name):
        for binding in facts.resolver.bindings(source).reaching(node, node.id):
            if binding.how is How.ASSIGNED and isinstance(binding.value, ast.Call):
                return _clock_of(facts, source, binding.value)
    return ""


RULES = (
    find_swallowed_exceptions,
    find_unnamed_errors,
    find_error_codes,
    find_leaked_error_texts,
    find_wall_clocks,
)
