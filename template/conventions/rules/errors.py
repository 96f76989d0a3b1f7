"""Failures that nobody hears of, that say too much, or that have no name of their own."""

import ast
import re
from collections.abc import Iterator

from app.core.errors import AppError
from conventions.meaning import calls_in, held, last_name, meaning
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import Source

SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|secret|token|credentials|authorization|(api|private|secret)_?key)$",
    re.IGNORECASE,
)
_BROAD = {"", "Exception", "BaseException", "asyncio.CancelledError"}
_LOGGING = re.compile(r"(structlog\.(stdlib\.)?get_logger|logging(\.getLogger)?)\.(\w+)")
_HTTP_EXCEPTION = re.compile(r"(fastapi|starlette)\.(exceptions\.)?HTTPException")


@rule(
    "swallowed-exception",
    keeps="ERR-3",
    severity=Severity.CRITICAL,
    why="The request goes on as if nothing had happened, and no log line says why data is missing; "
    "a task that swallows its cancellation never ends.",
    fix="Catch what you expect, and let the rest become a logged 500; `log.exception` where the "
    "work must go on.",
    wrong="except Exception:\n    return None",
    right='except UpstreamError:\n    log.warning("rates_unavailable")\n    return None',
)
def find_swallowed_exceptions(service: Service) -> Iterator[Found]:
    """Look for handlers of everything that neither raise, nor log, nor use what they caught."""
    for source in service.sources.under("app"):
        for handler in source.nodes(ast.ExceptHandler):
            caught = _caught(source, handler) & _BROAD
            inside = [node for part in handler.body for node in ast.walk(part)]
            is_heard = any(
                isinstance(node, ast.Raise)
                or (isinstance(node, ast.Name) and node.id == handler.name)
                or (isinstance(node, ast.Call) and _LOGGING.fullmatch(meaning(source, node.func)))
                for node in inside
            )
            if caught and not is_heard:
                what = max(caught) or "everything"
                yield source.found(handler, f"{what} is caught and nobody hears of it.")
    for source, call, name in calls_in(service):
        if name == "contextlib.suppress":
            for broad in {meaning(source, arg) for arg in call.args} & _BROAD - {""}:
                yield source.found(call, f"{broad} is suppressed and nobody hears of it.")


def _caught(source: Source, handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {meaning(source, kind) or "?" if kind else "" for kind in kinds}


@rule(
    "unnamed-error",
    keeps="ERR-1",
    severity=Severity.BEST_PRACTICE,
    why="Clients branch on the error's code. Without one of its own they have to match the text, "
    "and OpenAPI does not declare it; below the router it also ties the rules to HTTP.",
    fix="Subclass the nearest error of app.core.errors in the feature's errors.py, raise that, and "
    "declare it with `responses=errors(…)`.",
    wrong='raise HTTPException(404, "no such note")',
    right="raise NoteNotFound",
)
def find_unnamed_errors(service: Service) -> Iterator[Found]:
    """Look for HTTPException below the routers, AppError itself, and a 5xx by hand."""
    for source in service.sources.under("app/accounts", "app/features", "app/integrations"):
        for node in source.nodes(ast.Raise):
            name = meaning(source, node.exc) if node.exc else ""
            codes = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
            is_5xx = any(isinstance(code, int) and code >= 500 for code in codes)
            is_router = source.path.endswith("/router.py")
            if name == "app.core.errors.AppError":
                yield source.found(node, "AppError itself has no code of its own.")
            elif _HTTP_EXCEPTION.fullmatch(name) and (is_5xx or not is_router):
                yield source.found(node, "HTTPException has no code of its own.")


@rule(
    "error-code",
    keeps="ERR-1",
    severity=Severity.BEST_PRACTICE,
    why="A client that branches on the code cannot tell two errors apart that share one, and breaks "
    "when it changes.",
    fix="Give each subclass of AppError a `code` in snake_case that no other has.",
    wrong="class NoteLocked(Conflict):\n    message = 'Somebody edits this note.'",
    right="class NoteLocked(Conflict):\n    code = 'note_locked'\n    message = 'Somebody edits it.'",
)
def find_error_codes(service: Service) -> Iterator[Found]:
    """Compare the codes of all errors that are raised; one with subclasses only groups them."""
    takers: dict[str, str] = {}
    for kind in _errors(service):
        path, line = service.where(kind)
        code, taker = kind.code, takers.setdefault(kind.code, kind.__name__)
        if "code" not in vars(kind):
            yield Found(path=path, line=line, message=f"{kind.__name__} has no code of its own.")
        elif taker != kind.__name__:
            message = f"{kind.__name__} and {taker} have the same code, {code}."
            yield Found(path=path, line=line, message=message)
        elif not re.fullmatch("[a-z][a-z0-9_]*", code):
            message = f"The code of {kind.__name__} is not in snake_case: {code!r}."
            yield Found(path=path, line=line, message=message)


def _errors(service: Service) -> list[type[AppError]]:
    """Return every error of the service that has no subclasses."""
    service.app  # noqa: B018 - imports them all
    found, waiting = [], [AppError]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting += kinds
        found += [kind for kind in kinds if service.source_of(kind)]
    return sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__))


@rule(
    "leaked-error-text",
    keeps="ERR-2",
    severity=Severity.CRITICAL,
    why="The text of a library's exception holds SQL, paths, addresses or other users' values, and "
    "the client reads it.",
    fix="Write your own message, keep the cause with `raise … from error`, and log what it said.",
    wrong="except KeyError as error:\n    raise BadRequest(str(error)) from error",
    right='except KeyError as error:\n    raise BadRequest("There is no such unit.") from error',
)
def find_leaked_error_texts(service: Service) -> Iterator[Found]:
    """Look for the text of a foreign exception in what is raised or returned to the client."""
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in _errors(service)}
    endpoints = {endpoint.node for endpoint in service.routes}
    for source in service.sources.under("app"):
        for handler in source.nodes(ast.ExceptHandler):
            if all(kind.startswith("app.") for kind in _caught(source, handler)):
                continue
            for node in ast.walk(handler):
                is_error = isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
                name = meaning(source, node.exc) if is_error else ""
                is_told = name in kinds or _HTTP_EXCEPTION.fullmatch(name)
                is_answer = isinstance(node, ast.Return) and source.enclosing_function(node) in endpoints
                told = node.exc if is_told else node.value if is_answer else None
                if told and _tells(source, told, handler.name):
                    yield source.found(node, f"The client reads the text of `{handler.name}`.")


def _tells(source: Source, told: ast.expr, error: str | None) -> bool:
    """Return whether an expression holds the text of an exception."""
    for node in ast.walk(told):
        parent = source.parent(node)
        is_asked = isinstance(parent, ast.Attribute) and parent.attr not in {"args", "orig", "detail"}
        is_typed = isinstance(parent, ast.Call) and last_name(parent) in {"type", "isinstance"}
        if isinstance(node, ast.Name) and node.id == error and not (is_asked or is_typed):
            return True
        value = held(source, node) if isinstance(node, ast.Name) and node is not told else None
        if value and source.parent(value) and _tells(source, value, error):
            return True
    return False
