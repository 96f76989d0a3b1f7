"""Code in general: SQL injection, length, suppressions, unserved routers, CORS and middleware."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from tokenize import COMMENT, generate_tokens

from conventions.findings import Violation
from conventions.rule import rule
from conventions.rules.outside import violations_of
from conventions.service import Service
from conventions.source import constants_in, first_line

_SLOW = "starlette.middleware.base.BaseHTTPMiddleware"
_UNEXPLAINED = re.compile(
    r"# ?(noqa(: ?[A-Z]+\d+(, ?[A-Z]+\d+)*)?|(type|pyrefly): ?ignore(\[[\w, -]*\])?)"
)


@rule("string-built-sql")
def find_string_built_sql(service: Service) -> Iterator[Violation]:
    """Find SQL that is built from values that are no constants, through functions of any depth."""
    yield from violations_of(service, "sql", "app/accounts", "app/features", "app/integrations")
    yield from violations_of(service, "sql", "migrations/versions")


@rule("long-function")
def find_long_functions(service: Service) -> Iterator[Violation]:
    """Find functions longer than `max-function-lines`."""
    limit = service.configuration.max_function_lines
    for source in service.sources.under("app", "devtools", "migrations/env.py"):
        for function in source.functions():
            lines = (function.end_lineno or 0) - first_line(function) + 1
            if lines > limit:
                message = f"`{function.name}` has {lines} lines; the limit is {limit}"
                yield source.violation(function, message)


@rule("long-file")
def find_long_files(service: Service) -> Iterator[Violation]:
    """Find files in `app/` longer than `max-file-lines`."""
    limit = service.configuration.max_file_lines
    for source in service.sources.under("app"):
        if (lines := source.text.count("\n")) > limit:
            yield Violation(
                path=source.path,
                line=1,
                message=f"the file has {lines} lines; the limit is {limit}",
            )


@rule("unexplained-suppression")
def find_unexplained_suppressions(service: Service) -> Iterator[Violation]:
    """Find `noqa` and type-checker suppressions without a code or a reason."""
    for source in service.sources.under("app"):
        for kind, text, (line, column), _, _ in generate_tokens(StringIO(source.text).readline):
            if kind == COMMENT and _UNEXPLAINED.fullmatch(text.strip()):
                message = f"`{text}` has no reason or no code"
                yield Violation(path=source.path, line=line, column=column + 1, message=message)


@rule("unserved-router")
def find_unserved_routers(service: Service) -> Iterator[Violation]:
    """Find files in features that declare endpoints, none of which is served."""
    served = {endpoint.source.path for endpoint in service.routes}
    for source in service.sources.under("app/features"):
        is_endpoint = service.facts.graph.is_endpoint
        declared = [function for function in source.functions() if is_endpoint(source, function)]
        if declared and source.path not in served:
            yield source.violation(declared[0], f"`{declared[0].name}` is in no served module")


@rule("open-cors")
def find_open_cors(service: Service) -> Iterator[Violation]:
    """Find CORS that allows any origin."""
    for source, call in service.sources.under("app").nodes(ast.Call):
        parts = (call.func, *call.args)
        names = {name for node in parts for name in service.facts.names(source, node)}
        named = {name.rpartition(".")[2] for name in names}
        for option in call.keywords if "CORSMiddleware" in named else ():
            values = constants_in(option.value)
            if str(option.arg).startswith("allow_origin") and values & {"*", ".*"}:
                yield source.violation(option, "allows any origin")


@rule("slow-middleware")
def find_slow_middleware(service: Service) -> Iterator[Violation]:
    """Find middleware that is not pure ASGI."""
    for source, node in service.sources.under("app").nodes(ast.ClassDef):
        if any(_SLOW in service.facts.names(source, base) for base in node.bases):
            yield source.violation(node, f"`{node.name}` is a BaseHTTPMiddleware, not pure ASGI")


RULES = (
    find_string_built_sql,
    find_long_functions,
    find_long_files,
    find_unexplained_suppressions,
    find_unserved_routers,
    find_open_cors,
    find_slow_middleware,
)
