"""Error handling: swallowed exceptions, error codes, leaked texts, secrets in logs, clocks."""

import ast
import re
from collections.abc import Iterator

from app.core.errors import AppError
from app.core.logging import is_secret_name
from conventions.findings import Violation
from conventions.names import assigned_value, calls_in, last_name, resolve_name
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source
from conventions.statements import argument_values

SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|pwd|secret|token|credentials|authorization|(api|private|secret)_?key)$",
    re.IGNORECASE,
)
_BROAD_EXCEPTIONS = {"Exception", "BaseException", "asyncio.CancelledError"}
_SUPPRESS = "contextlib.suppress"
_LOGGING = re.compile(r"(structlog\.(stdlib\.)?get_logger|logging(\.getLogger)?)\.(\w+)")
_HTTP = re.compile(r"(fastapi|starlette)\.(exceptions\.)?HTTPException")


@rule("swallowed-exception")
def find_swallowed_exceptions(service: Service) -> Iterator[Violation]:
    """Find broad handlers that neither raise, log, nor use the exception."""
    for source, call, name in calls_in(service):
        for kind in _BROAD_EXCEPTIONS & {
            resolve_name(source, arg) for arg in call.args if name == _SUPPRESS
        }:
            yield source.violation(call, f"suppresses every {kind} without a log line")
    for source, handler in service.sources.under("app").nodes(ast.ExceptHandler):
        broad = _caught_types(source, handler) & _BROAD_EXCEPTIONS
        if broad and not any(_handles_exception(source, handler, n) for n in ast.walk(handler)):
            yield source.violation(handler, f"catches every {max(broad)} without a log line")


def _handles_exception(source: Source, handler: ast.ExceptHandler, node: ast.AST) -> bool:
    is_logged = isinstance(node, ast.Call) and _LOGGING.fullmatch(resolve_name(source, node.func))
    is_used = isinstance(node, ast.Name) and node.id == handler.name
    return isinstance(node, ast.Raise) or is_used or bool(is_logged)


def _caught_types(source: Source, handler: ast.ExceptHandler) -> set[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {resolve_name(source, kind) or "?" if kind else "BaseException" for kind in kinds}


@rule("unnamed-error")
def find_unnamed_errors(service: Service) -> Iterator[Violation]:
    """Find HTTPException outside the routers or with a 5xx status, and plain AppError."""
    above_core = service.sources.under("app/accounts", "app/features", "app/integrations")
    for source, node in above_core.nodes(ast.Raise):
        name = resolve_name(source, node.exc) if node.exc else ""
        at_edge = source.path.endswith("/router.py") and not re.search(
            r"\b5\d\d\b", ast.unparse(node)
        )
        if name == "app.core.errors.AppError" or (_HTTP.fullmatch(name) and not at_edge):
            yield source.violation(node, f"{name.rpartition('.')[2]} has no code of its own")


@rule("error-code")
def find_error_codes(service: Service) -> Iterator[Violation]:
    """Find errors without a code, with the code of another error, or with a malformed code."""
    owners: dict[str, str] = {}
    for kind in _errors(service):
        name, owner = kind.__name__, owners.setdefault(kind.code, kind.__name__)
        if "code" not in vars(kind) and not kind.__subclasses__():
            message = f"{name} has no code of its own"
        elif "code" in vars(kind) and owner != name:
            message = f"{name} has the same code as {owner}: {kind.code!r}"
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
    """Find texts of caught exceptions in errors and responses."""
    client_errors = {f"{kind.__module__}.{kind.__qualname__}" for kind in _errors(service)}
    endpoints = {endpoint.node for endpoint in service.routes}
    for source, handler in service.sources.under("app").nodes(ast.ExceptHandler):
        if all(kind.startswith("app.") for kind in _caught_types(source, handler)):
            continue
        for node in ast.walk(handler):
            name = resolve_name(source, node.func) if isinstance(node, ast.Call) else ""
            reaches_client = name in client_errors or _HTTP.fullmatch(name)
            if reaches_client or (
                isinstance(node, ast.Return) and source.enclosing_function(node) in endpoints
            ):
                for part in (
                    p
                    for expression in _exposed_expressions(node)
                    for p in _formatted_parts(source, expression)
                ):
                    if ast.unparse(part) in {handler.name, f"{handler.name}.args"}:
                        message = f"returns the text of `{handler.name}` to the client"
                        yield source.violation(part, message)


def _exposed_expressions(node: ast.AST) -> list[ast.expr]:
    """Return the arguments of a call, or the returned value and the arguments of calls in it."""
    if isinstance(node, ast.Call):
        return argument_values(node)
    calls = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    nested = [
        part for call in calls if last_name(call) != "type" for part in _exposed_expressions(call)
    ]
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)] + nested


@rule("secret-in-log")
def find_secrets_in_logs(service: Service) -> Iterator[Violation]:
    """Find secrets that are logged under a harmless name, or in the message of an exception."""
    for source, call, name in calls_in(service):
        is_raised = isinstance(source.parent(call), ast.Raise)
        if is_raised or _LOGGING.fullmatch(name):
            visible = [k.value for k in call.keywords if not is_secret_name(k.arg or "")]
            for node in (
                node for part in [*call.args, *visible] for node in _formatted_parts(source, part)
            ):
                masked = "SecretStr" in resolve_name(source, node) or "settings" in ast.unparse(
                    node
                )
                is_named = SECRET_NAME.search(last_name(node)) and not isinstance(node, ast.Call)
                if last_name(node) == "get_secret_value" or (is_named and not masked):
                    where = "an exception" if is_raised else "the log"
                    yield source.violation(node, f"writes `{ast.unparse(node)}` to {where}")


def _formatted_parts(source: Source, node: ast.AST, *, steps: int = 9) -> Iterator[ast.expr]:
    """Yield the expressions that are formatted into a string, resolved through variables."""
    value = assigned_value(source, node) if isinstance(node, ast.Name) else None
    node = value if value and _is_formatting(value) else node
    if _is_formatting(node) and steps:
        hidden = [v for k, v in _dict_items(node) if is_secret_name(ast.unparse(k))]
        for part in ast.iter_child_nodes(node):
            if part not in hidden:
                yield from _formatted_parts(source, part, steps=steps - 1)
    elif isinstance(node, ast.expr):
        yield node


def _is_formatting(node: ast.AST) -> bool:
    parts = ast.JoinedStr | ast.FormattedValue | ast.BinOp | ast.Dict | ast.List | ast.Tuple
    is_written = isinstance(node, ast.Call) and last_name(node) in {"str", "repr", "format"}
    return isinstance(node, parts) or is_written


def _dict_items(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    if not isinstance(node, ast.Dict):
        return []
    return [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key]


@rule("wall-clock")
def find_wall_clocks(service: Service) -> Iterator[Violation]:
    """Find durations that are measured with the wall clock."""
    clocks = {"time.time", "datetime.datetime.now", "datetime.datetime.utcnow"}
    for source, node in service.sources.under("app").nodes(ast.BinOp):
        sides = {resolve_name(source, node.left), resolve_name(source, node.right)}
        if isinstance(node.op, ast.Sub) and len(sides) == 1 and sides <= clocks:
            yield source.violation(node, f"measures a duration with `{sides.pop()}`")


RULES = (
    find_swallowed_exceptions,
    find_unnamed_errors,
    find_error_codes,
    find_leaked_error_texts,
    find_secrets_in_logs,
    find_wall_clocks,
)
