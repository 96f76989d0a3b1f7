"""SQL put together from text, functions nobody can overlook, and what is silenced or forgotten."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from tokenize import COMMENT, generate_tokens

from conventions.meaning import calls_in, held, last_name
from conventions.rule import Found, Severity, rule
from conventions.service import Service
from conventions.source import Source, first_line

MAX_FILE_LINES = 300
_TAKES_SQL = re.compile(
    r"sqlalchemy\.(sql\.)?(expression\.)?(text|literal_column|DDL)|alembic\.op\.execute"
    r"|asyncpg\.\w+\.(execute|executemany|fetch\w*)|.*\.exec_driver_sql"
)
_SILENCING = re.compile(
    r"# ?(noqa(: ?[A-Z]+\d+(, ?[A-Z]+\d+)*)?|(type|pyrefly): ?ignore(\[[\w, -]*\])?)"
)


@rule(
    "string-built-sql",
    keeps="DB-11",
    severity=Severity.CRITICAL,
    why="Whoever controls the value controls the statement: one quote in it, and somebody reads or "
    "deletes every row.",
    fix="Bind values, `text('… :name').bindparams(name=…)`, or write the statement with select() "
    "and the models; names of tables and columns come from a fixed list.",
    wrong="text(f\"SELECT * FROM notes WHERE title = '{title}'\")",
    right="select(Note).where(Note.title == title)",
)
def find_string_built_sql(service: Service) -> Iterator[Found]:
    """Look at what becomes SQL: f-strings, +, % and format() with anything but constants."""
    for source, call, name in calls_in(service, "app", "migrations"):
        takes_sql = _TAKES_SQL.fullmatch(name) or last_name(call) == "exec_driver_sql"
        texts = _texts_of(source, call.args[0]) if call.args and takes_sql else []
        for part in (part for text in texts for part in _parts(text)):
            if not _is_constant(source, part):
                message = f"`{ast.unparse(part)}` becomes part of the SQL itself"
                yield source.found(call, message)


def _texts_of(source: Source, node: ast.expr) -> list[ast.expr]:
    """Return a text, or all that is put into the variable that holds it."""
    function = source.enclosing_function(node)
    given = (
        {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)} if function else ()
    )
    if not isinstance(node, ast.Name) or node.id in given:
        return [node]
    inside = ast.walk(function or source.tree)
    added = [part for part in inside if isinstance(part, ast.AugAssign)]
    texts = [part.value for part in added if last_name(part.target) == node.id]
    return [text for text in [held(source, node), *texts] if text]


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return what a text is put together from; nothing if it is written out."""
    match node:
        case ast.Name() | ast.Attribute():
            return [node]
        case ast.JoinedStr(values=values):
            return [value.value for value in values if isinstance(value, ast.FormattedValue)]
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return [*(_parts(left) or [left]), *(_parts(right) or [right])]
        case ast.Call(func=ast.Attribute(attr="format"), args=args, keywords=keywords):
            return [*args, *(keyword.value for keyword in keywords)]
    return []


def _is_constant(source: Source, node: ast.expr) -> bool:
    """Return whether a part is written out: here, in a module, or in the list it comes from."""
    if not isinstance(node, ast.Name | ast.Attribute):
        return isinstance(node, ast.Constant)
    loops = [p for p in source.parents(node) if isinstance(p, ast.For)]
    listed = {last_name(p.target) for p in loops if isinstance(p.iter, ast.Tuple | ast.List)}
    return source.name_of(node) is not None or last_name(node) in listed


@rule(
    "long-function",
    keeps="CODE-4",
    severity=Severity.BEST_PRACTICE,
    why="Nobody can hold it in mind, so a change breaks a case that stands two screens above.",
    fix="Give each step a function with a name of its own.",
    wrong="def import_rows(…): …  # 140 lines",
    right="def import_rows(…):\n    return store(check(read(…)))",
)
def find_long_functions(service: Service) -> Iterator[Found]:
    """Count the lines of every function, decorators and docstring included."""
    for source in service.sources.under("app", "devtools", "migrations/env.py"):
        for function in source.functions():
            lines = (function.end_lineno or 0) - first_line(function) + 1
            if lines > service.thresholds.max_function_lines:
                yield source.found(function, f"`{function.name}` has {lines} lines")


@rule(
    "long-file",
    keeps="CODE-4",
    severity=Severity.SUGGESTION,
    why="What belongs together is hard to see among what does not.",
    fix="Split it by use case: service.py becomes service/notes.py and service/sharing.py.",
    wrong="service.py  # 900 lines",
    right="service/notes.py, service/sharing.py",
)
def find_long_files(service: Service) -> Iterator[Found]:
    """Count the lines of every file in `app/`."""
    for source in service.sources.under("app"):
        if (lines := source.text.count("\n")) > MAX_FILE_LINES:
            yield Found(path=source.path, line=1, message=f"it has {lines} lines")


@rule(
    "unexplained-suppression",
    keeps="CODE-2",
    severity=Severity.BEST_PRACTICE,
    why="The next reader cannot tell a false alarm from a bug that somebody hid, and a comment "
    "without a code hides every later one too.",
    fix="Name the code and say why: `# noqa: S311 - a sample, no secret`.",
    wrong="value = random()  # noqa",
    right="value = random()  # noqa: S311 - a sample, no secret",
)
def find_unexplained_suppressions(service: Service) -> Iterator[Found]:
    """Read the comments of `app/`; the tree does not hold them."""
    for source in service.sources.under("app"):
        for kind, text, (line, column), _, _ in generate_tokens(StringIO(source.text).readline):
            if kind == COMMENT and _SILENCING.fullmatch(text.strip()):
                message = f"`{text}` does not say why"
                yield Found(path=source.path, line=line, column=column + 1, message=message)


@rule(
    "unserved-router",
    keeps="DB-9",
    severity=Severity.BEST_PRACTICE,
    why="Its routes answer 404, and Alembic does not see its tables, though code and tests look "
    "finished.",
    fix="List the feature's module in FEATURES of app/features/__init__.py, or delete the folder.",
    wrong="FEATURES: tuple[Module, ...] = ()",
    right="FEATURES: tuple[Module, ...] = (notes,)",
)
def find_unserved_routers(service: Service) -> Iterator[Found]:
    """Look for files in features that declare endpoints of which none is served."""
    served = {endpoint.source.path for endpoint in service.routes}
    methods = {"get", "post", "put", "patch", "delete"}
    for source in service.sources.under("app/features"):
        marked = [(f, last_name(mark)) for f in source.functions() for mark in f.decorator_list]
        declared = [function for function, name in marked if name in methods]
        if declared and source.path not in served:
            yield source.found(declared[0], f"`{declared[0].name}` is not served")


RULES = (
    find_string_built_sql,
    find_long_functions,
    find_long_files,
    find_unexplained_suppressions,
    find_unserved_routers,
)
