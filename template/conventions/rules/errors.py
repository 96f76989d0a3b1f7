"""Failures that nobody hears of, that say too much, or that have no name of their own."""

import ast
import re
from collections.abc import Iterator

from app.core.errors import AppError
from app.core.logging import is_secret_name
from conventions.meaning import calls_in, held, last_name, meaning
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import Source
from conventions.statements import arguments

SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|secret|token|credentials|authorization|(api|private|secret)_?key)$",
    re.IGNORECASE,
)
_BROAD = {"Exception", "BaseException", "asyncio.CancelledError"}
_SUPPRESS = "contextlib.suppress"
_LOGGING = re.compile(r"(structlog\.(stdlib\.)?get_logger|logging(\.getLogger)?)\.(\w+)")
_HTTP = re.compile(r"(fastapi|starlette)\.(exceptions\.)?HTTPException")


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
    for source, call, name in calls_in(service):
        for kind in _BROAD & {meaning(source, arg) for arg in call.args if name == _SUPPRESS}:
            yield source.found(call, f"every {kind} is suppressed, and nobody hears of it")
    for source, handler in service.sources.under("app").nodes(ast.ExceptHandler):
        broad = _caught(source, handler) & _BROAD
        if broad and not any(_is_heard(source, handler, n) for n in ast.walk(handler)):
            yield source.found(handler, f"every {max(broad)} is caught, and nobody hears of it")


def _is_heard(source: Source, handler: ast.ExceptHandler, node: ast.AST) -> bool:
    is_logged = isinstance(node, ast.Call) and _LOGGING.fullmatch(meaning(source, node.func))
    is_used = isinstance(node, ast.Name) and node.id == handler.name
    return isinstance(node, ast.Raise) or is_used or bool(is_logged)


def _caught(source: Source, handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {meaning(source, kind) or "?" if kind else "BaseException" for kind in kinds}


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
    """Look for HTTPException below the routers or with a 5xx, and for AppError itself."""
    above_core = service.sources.under("app/accounts", "app/features", "app/integrations")
    for source, node in above_core.nodes(ast.Raise):
        name = meaning(source, node.exc) if node.exc else ""
        at_edge = source.path.endswith("/router.py") and not re.search(
            r"\b5\d\d\b", ast.unparse(node)
        )
        if name == "app.core.errors.AppError" or (_HTTP.fullmatch(name) and not at_edge):
            yield source.found(node, f"{name.rpartition('.')[2]} has no code of its own")


@rule(
    "error-code",
    keeps="ERR-1",
    severity=Severity.BEST_PRACTICE,
    why="A client that branches on the code cannot tell two errors apart that share one.",
    fix="Give each subclass of AppError a `code` in snake_case that no other has.",
    wrong='class NoteLocked(Conflict):\n    message = "Somebody edits it."',
    right='class NoteLocked(Conflict):\n    code = "note_locked"\n    message = "Wait a little."',
)
def find_error_codes(service: Service) -> Iterator[Found]:
    """Compare the codes of all errors; one that only groups others needs none."""
    takers: dict[str, str] = {}
    for kind in _errors(service):
        name, taker = kind.__name__, takers.setdefault(kind.code, kind.__name__)
        if "code" not in vars(kind) and not kind.__subclasses__():
            message = f"{name} has no code of its own"
        elif "code" in vars(kind) and taker != name:
            message = f"{name} has the code of {taker}, {kind.code!r}"
        elif not re.fullmatch("[a-z][a-z0-9_]*", kind.code):
            message = f"the code of {name} is not in snake_case: {kind.code!r}"
        else:
            continue
        path, line = service.where(kind)
        yield Found(path=path, line=line, message=message)


def _errors(service: Service) -> list[type[AppError]]:
    """Return every error of the service, a class before its subclasses."""
    service.app  # noqa: B018 - imports them all
    kinds = [AppError]
    for kind in kinds:
        kinds += [other for other in kind.__subclasses__() if other not in kinds]
    return [kind for kind in kinds if service.source_of(kind)]


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
    """Look for the text of a foreign exception in an error or an answer for the client."""
    told = {f"{kind.__module__}.{kind.__qualname__}" for kind in _errors(service)}
    endpoints = {endpoint.node for endpoint in service.routes}
    for source, handler in service.sources.under("app").nodes(ast.ExceptHandler):
        if all(kind.startswith("app.") for kind in _caught(source, handler)):
            continue
        for node in ast.walk(handler):
            name = meaning(source, node.func) if isinstance(node, ast.Call) else ""
            is_told = name in told or _HTTP.fullmatch(name)
            if is_told or (
                isinstance(node, ast.Return) and source.enclosing_function(node) in endpoints
            ):
                for part in (p for given in _given_to(node) for p in _shown(source, given)):
                    if ast.unparse(part) in {handler.name, f"{handler.name}.args"}:
                        message = f"the client reads the text of `{handler.name}`"
                        yield source.found(part, message)


def _given_to(node: ast.AST) -> list[ast.expr]:
    """Return what a call is given, or what is returned and what calls in it are given."""
    if isinstance(node, ast.Call):
        return arguments(node)
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    given = [part for call in calls if last_name(call) != "type" for part in _given_to(call)]
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)] + given


@rule(
    "secret-in-log",
    keeps="SEC-5",
    severity=Severity.CRITICAL,
    why="Logs and tracebacks are kept, searched and handed to others; a password or token in them "
    "is as good as published.",
    fix="Log who or what it is about. Values are hidden by name only: `token=…` is redacted, but "
    "not a token under another name or inside a text.",
    wrong='log.warning("refused", given=token)',
    right='log.warning("refused", user_id=str(user.id))',
)
def find_secrets_in_logs(service: Service) -> Iterator[Found]:
    """Look at what is logged under a harmless name, and at the messages of exceptions."""
    for source, call, name in calls_in(service):
        is_raised = isinstance(source.parent(call), ast.Raise)
        if is_raised or _LOGGING.fullmatch(name):
            kept = [k.value for k in call.keywords if not is_secret_name(k.arg or "")]
            for node in (node for part in [*call.args, *kept] for node in _shown(source, part)):
                masked = "SecretStr" in meaning(source, node) or "settings" in ast.unparse(node)
                is_named = SECRET_NAME.search(last_name(node)) and not isinstance(node, ast.Call)
                if last_name(node) == "get_secret_value" or (is_named and not masked):
                    where = "an exception" if is_raised else "the log"
                    yield source.found(node, f"`{ast.unparse(node)}` is written to {where}")


def _shown(source: Source, node: ast.AST, *, steps: int = 9) -> Iterator[ast.expr]:
    """Yield the expressions whose text appears in that of a larger one, through variables too."""
    value = held(source, node) if isinstance(node, ast.Name) else None
    node = value if value and _is_text(value) else node
    if _is_text(node) and steps:
        hidden = [v for k, v in _pairs(node) if is_secret_name(ast.unparse(k))]
        for part in ast.iter_child_nodes(node):
            if part not in hidden:
                yield from _shown(source, part, steps=steps - 1)
    elif isinstance(node, ast.expr):
        yield node


def _is_text(node: ast.AST) -> bool:
    parts = ast.JoinedStr | ast.FormattedValue | ast.BinOp | ast.Dict | ast.List | ast.Tuple
    is_written = isinstance(node, ast.Call) and last_name(node) in {"str", "repr", "format"}
    return isinstance(node, parts) or is_written


def _pairs(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    if not isinstance(node, ast.Dict):
        return []
    return [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key]


@rule(
    "wall-clock",
    keeps="TIM-1",
    severity=Severity.BEST_PRACTICE,
    why="The wall clock is set back and forth while the service runs: durations come out negative, "
    "and slow calls look fast.",
    fix="Measure with time.perf_counter(), or let `timed` of app.core.timing do it.",
    wrong="started = time.time()\nawait work()\nseconds = time.time() - started",
    right='@timed("work")\nasync def work() -> None: …',
)
def find_wall_clocks(service: Service) -> Iterator[Found]:
    """Look for the difference of two readings of the wall clock."""
    clocks = {"time.time", "datetime.datetime.now", "datetime.datetime.utcnow"}
    for source, node in service.sources.under("app").nodes(ast.BinOp):
        sides = {meaning(source, node.left), meaning(source, node.right)}
        if isinstance(node.op, ast.Sub) and len(sides) == 1 and sides <= clocks:
            yield source.found(node, f"a duration is measured with `{sides.pop()}`")


RULES = (
    find_swallowed_exceptions,
    find_unnamed_errors,
    find_error_codes,
    find_leaked_error_texts,
    find_secrets_in_logs,
    find_wall_clocks,
)
