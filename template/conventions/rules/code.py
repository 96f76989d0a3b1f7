"""Code in general: SQL injection, length, suppressions, unserved routers, CORS and middleware."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from tokenize import COMMENT, generate_tokens

from conventions.findings import Violation
from conventions.names import assigned_value, calls_in, constants_in, last_name
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source, first_line

MAX_FILE_LINES = 300
_SQL_FUNCTIONS = re.compile(
    r"sqlalchemy\.(sql\.)?(expression\.)?(text|literal_column|DDL)|alembic\.op\.execute"
    r"|asyncpg\.\w+\.(execute|executemany|fetch\w*)|.*\.exec_driver_sql"
)
_UNEXPLAINED = re.compile(
    r"# ?(noqa(: ?[A-Z]+\d+(, ?[A-Z]+\d+)*)?|(type|pyrefly): ?ignore(\[[\w, -]*\])?)"
)


@rule("string-built-sql")
def find_string_built_sql(service: Service) -> Iterator[Violation]:
    """Find SQL that is built from strings: f-strings, `+`, `%` and format() with non-constants."""
    for source, call, name in calls_in(service, "app", "migrations"):
        takes_sql = _SQL_FUNCTIONS.fullmatch(name) or last_name(call) == "exec_driver_sql"
        texts = _sql_texts(source, call.args[0]) if call.args and takes_sql else []
        for part in (part for text in texts for part in _interpolated_parts(text)):
            if not _is_constant(source, part):
                message = f"`{ast.unparse(part)}` is interpolated into SQL"
                yield source.violation(call, message)


def _sql_texts(source: Source, node: ast.expr) -> list[ast.expr]:
    """Return an expression, or the values assigned and appended to a variable."""
    function = source.enclosing_function(node)
    parameters = (
        {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)} if function else ()
    )
    if not isinstance(node, ast.Name) or node.id in parameters:
        return [node]
    inside = ast.walk(function or source.tree)
    added = [part for part in inside if isinstance(part, ast.AugAssign)]
    texts = [part.value for part in added if last_name(part.target) == node.id]
    return [text for text in [assigned_value(source, node), *texts] if text]


def _interpolated_parts(node: ast.expr) -> list[ast.expr]:
    """Return the parts that are interpolated into a string; empty for a literal."""
    match node:
        case ast.Name() | ast.Attribute():
            return [node]
        case ast.JoinedStr(values=values):
            return [value.value for value in values if isinstance(value, ast.FormattedValue)]
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return [
                *(_interpolated_parts(left) or [left]),
                *(_interpolated_parts(right) or [right]),
            ]
        case ast.Call(func=ast.Attribute(attr="format"), args=args, keywords=keywords):
            return [*args, *(keyword.value for keyword in keywords)]
    return []


def _is_constant(source: Source, node: ast.expr) -> bool:
    """Return whether a part is a literal, a global, or an item of a literal list."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return isinstance(node, ast.Constant)
    loops = [p for p in source.parents(node) if isinstance(p, ast.For)]
    listed = {last_name(p.target) for p in loops if isinstance(p.iter, ast.Tuple | ast.List)}
    return source.name_of(node) is not None or last_name(node) in listed


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
    """Find files in `app/` longer than 300 lines."""
    for source in service.sources.under("app"):
        if (lines := source.text.count("\n")) > MAX_FILE_LINES:
            yield Violation(
                path=source.path,
                line=1,
                message=f"the file has {lines} lines; the limit is {MAX_FILE_LINES}",
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
    methods = {"get", "post", "put", "patch", "delete"}
    for source in service.sources.under("app/features"):
        marked = [(f, last_name(mark)) for f in source.functions() for mark in f.decorator_list]
        declared = [function for function, name in marked if name in methods]
        if declared and source.path not in served:
            yield source.violation(declared[0], f"`{declared[0].name}` is in no served module")


@rule("open-cors")
def find_open_cors(service: Service) -> Iterator[Violation]:
    """Find CORS that allows any origin."""
    for source, call in service.sources.under("app").nodes(ast.Call):
        named = {str(source.name_of(node)).rpartition(".")[2] for node in (call.func, *call.args)}
        for option in call.keywords if "CORSMiddleware" in named else ():
            values = constants_in(option.value)
            if str(option.arg).startswith("allow_origin") and values & {"*", ".*"}:
                yield source.violation(option, "allows any origin")


@rule("slow-middleware")
def find_slow_middleware(service: Service) -> Iterator[Violation]:
    """Find middleware that is not pure ASGI."""
    for source, node in service.sources.under("app").nodes(ast.ClassDef):
        if "starlette.middleware.base.BaseHTTPMiddleware" in map(source.name_of, node.bases):
            yield source.violation(node, f"{node.name} is a BaseHTTPMiddleware, not pure ASGI")


RULES = (
    find_string_built_sql,
    find_long_functions,
    find_long_files,
    find_unexplained_suppressions,
    find_unserved_routers,
    find_open_cors,
    find_slow_middleware,
)
