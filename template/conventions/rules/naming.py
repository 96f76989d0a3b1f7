"""Names and notes: names that say nothing, and work that nobody has taken on."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from tokenize import COMMENT, generate_tokens

from conventions.facts.bindings import COMPREHENSIONS
from conventions.findings import Violation
from conventions.rule import rule
from conventions.service import Service
from conventions.source import Source

_EMPTY_NAME = re.compile(
    r"(data|info|obj|object|item|value|result|res|tmp|temp|foo|bar|stuff|thing|lst|arr|dct)_?\d+"
    r"|tmp|temp|foo|bar|baz|stuff|lst|dct|retval|[a-z]+_(final|new2|old2|tmp)"
    r"|(do|handle|process|manage)_(data|info|stuff|things?|object)|[A-Za-z]+(Helper|Manager|Util)s?\d*"
)
_GENERIC = {"T", "K", "V", "P", "R", "S", "_", "x", "y", "z"}
"""The names of type variables, of unused values, and of coordinates."""
_TODO = re.compile(
    r"(\b(TODO|FIXME|XXX|HACK)|^#\s*([Tt]odo|[Ff]ixme))\b(?!\s*[(\[][^)\]]*\d|\s*\([\w.@-]+\)\s*:|\s*#\d)"
)
_FOLDERS = ("app/features",)


@rule("poor-name")
def find_poor_names(service: Service) -> Iterator[Violation]:
    """Find names that say nothing: single letters outside loops, `data2`, `tmp`."""
    for source in service.facts.files(*_FOLDERS):
        reported: set[tuple[ast.AST | None, str]] = set()
        for node, name in _named(source):
            key = source.enclosing_function(node), name
            is_letter = len(name) == 1 and name not in _GENERIC and name.islower()
            if (is_letter or _EMPTY_NAME.fullmatch(name)) and key not in reported:
                reported.add(key)
                yield source.violation(node, f"`{name}` does not say what it holds")


def _named(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Yield the places that give a name, loops and lambdas aside."""
    for node in source.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        yield node, node.name
    for node in source.nodes(ast.arg):
        if not isinstance(source.parent(source.parent(node) or node), ast.Lambda):
            yield node, node.arg
    for node in source.nodes(ast.Name):
        if isinstance(node.ctx, ast.Store) and not _is_of_loop(source, node):
            yield node, node.id


def _is_of_loop(source: Source, node: ast.Name) -> bool:
    child: ast.AST = node
    for parent in source.parents(node):
        if isinstance(parent, (ast.comprehension, *COMPREHENSIONS)):
            return True
        if isinstance(parent, ast.For | ast.AsyncFor) and child is parent.target:
            return True
        if isinstance(parent, ast.stmt):
            return False
        child = parent
    return False


@rule("ownerless-todo")
def find_ownerless_todos(service: Service) -> Iterator[Violation]:
    """Find notes about work to do without an owner or a ticket."""
    for source in service.facts.files("app"):
        for kind, text, (line, column), _, _ in generate_tokens(StringIO(source.text).readline):
            if kind == COMMENT and _TODO.search(text):
                message = "has neither an owner nor a ticket"
                yield Violation(path=source.path, line=line, column=column + 1, message=message)
        for node in source.nodes(ast.Constant):
            is_docstring = isinstance(node.value, str) and isinstance(source.parent(node), ast.Expr)
            found = re.search(r"\b(TODO|FIXME)\b[^\n]*", str(node.value)) if is_docstring else None
            if found and _TODO.search(found[0]):
                yield source.violation(node, "has a TODO without an owner or a ticket")


RULES = (find_poor_names, find_ownerless_todos)
