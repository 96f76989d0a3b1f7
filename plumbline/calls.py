"""Calls whose arguments changed, rewritten in a Python file."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plumbline.renames import Renames

MODULE = "app.core.module.Module"
ROUTES = """\
routes = Router()
for part in {routers}:
    routes.include_router(part)

"""
ROUTER_IMPORT = "from app.core.api import Router\n"


@dataclass(frozen=True, order=True)
class Edit:
    """A text in place of a part of a file.

    Attributes:
        start: The line (from 1) and the column (in bytes) where the part begins.
        end: Those where it ends.
        text: The new text.
    """

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def rewrite_calls(text: str, renames: Renames) -> str:
    """Return a file's text with the calls of renamed arguments as they are now.

    Args:
        text: Python, before its imports are renamed.
        renames: The table to apply.
    """
    tree = ast.parse(text)
    names = dict(_imported(tree))
    edits: list[Edit] = []
    for statement in tree.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and (called := _called(node, names)):
                edits += _rename_keywords(node, called, renames)
                edits += _drop_first_argument(node, called, renames)
                if called == MODULE:
                    edits += _combine_routers(text, node, statement, tree)
    return apply(text, edits)


def apply(text: str, edits: list[Edit]) -> str:
    """Return a text with parts replaced; none of them may overlap."""
    lines = [line.encode() for line in text.split("\n")]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    content = text.encode()
    for edit in sorted(set(edits), reverse=True):
        start, end = (starts[row - 1] + column for row, column in (edit.start, edit.end))
        content = content[:start] + edit.text.encode() + content[end:]
    return content.decode()


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each imported name, or module, with its dotted path."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((a.asname or a.name, f"{node.module}.{a.name}") for a in node.names)


def _called(call: ast.Call, names: Mapping[str, str]) -> str | None:
    if isinstance(call.func, ast.Name):
        return names.get(call.func.id)
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        module = names.get(call.func.value.id)
        return f"{module}.{call.func.attr}" if module else None
    return None


def _rename_keywords(call: ast.Call, called: str, renames: Renames) -> Iterator[Edit]:
    for keyword in call.keywords:
        now = renames.keywords.get(f"{called}.{keyword.arg}")
        if keyword.arg and now:
            row, column = keyword.lineno, keyword.col_offset
            yield Edit((row, column), (row, column + len(keyword.arg.encode())), now)


def _drop_first_argument(call: ast.Call, called: str, renames: Renames) -> Iterator[Edit]:
    """Drop the app: what is open is looked up in the registry, whichever app has opened it."""
    if called in renames.dropped and len(call.args) > 1:
        first, second = call.args[:2]
        yield Edit(_start_of(first), _start_of(second), "")


def _combine_routers(
    text: str, call: ast.Call, statement: ast.stmt, tree: ast.Module
) -> Iterator[Edit]:
    """Give a module its one router: its only one, or one that includes the several it had."""
    for keyword in call.keywords:
        if keyword.arg != "routers":
            continue
        routers = keyword.value
        place = (keyword.lineno, keyword.col_offset), _end_of(routers)
        if isinstance(routers, ast.Tuple | ast.List) and len(routers.elts) == 1:
            yield Edit(*place, f"router={ast.get_source_segment(text, routers.elts[0])}")
            continue
        source = ast.get_source_segment(text, routers)
        yield Edit(*place, "router=routes")
        yield Edit(_start_of(statement), _start_of(statement), ROUTES.format(routers=source))
        if "Router" not in dict(_imported(tree)):
            first = next(node for node in tree.body if isinstance(node, ast.ImportFrom))
            yield Edit(_start_of(first), _start_of(first), ROUTER_IMPORT)


def _start_of(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end_of(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
