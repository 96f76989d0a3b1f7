"""One file of the service as rules read it: its text, its tree, and the names in it."""

import ast
import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

from conventions.deep import parsing
from conventions.findings import Patch, Violation

Function = ast.FunctionDef | ast.AsyncFunctionDef
NodeT = TypeVar("NodeT", bound=ast.AST)
_LAYERS = ("core", "accounts", "integrations", "features")


@dataclass(frozen=True, eq=False)
class Source:
    """A parsed file.

    Attributes:
        path: Relative to the service, with `/` between its folders.
        text: The content.
        tree: The syntax tree.
        modules: The other files of the service by module name, through which names are resolved.
    """

    path: str
    text: str
    tree: ast.Module
    modules: Mapping[str, "Source"] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, root: Path, path: str, modules: Mapping[str, "Source"]) -> "Source":
        """Read and parse a file.

        Raises:
            SyntaxError: It is not Python.
            ValueError: It is not UTF-8, holds a null character, or is nested too deeply.
        """
        content = (root / path).read_bytes()
        with parsing():
            tree = ast.parse(content, filename=path)
        return cls(path, content.decode(), tree, modules)

    @cached_property
    def layer(self) -> str:
        """The folder in `app/`, such as `core`; elsewhere the top folder, such as `tests`."""
        first, _, rest = self.path.partition("/")
        second = rest.partition("/")[0]
        return second if first == "app" and second in _LAYERS else first

    @cached_property
    def module(self) -> str:
        """The module name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text; the first is at 0."""
        return re.split(r"\r\n?|\n", self.text)

    def line(self, number: int) -> str:
        """Return a line, counted from 1, without surrounding white space."""
        return self.lines[number - 1].strip() if number <= len(self.lines) else ""

    def nodes(self, *kinds: type[NodeT]) -> Iterator[NodeT]:
        """Yield every node of these classes, those of one class in the order of the file."""
        for kind in kinds:
            yield from cast("list[NodeT]", self._index.kinds[kind])

    def functions(self) -> Iterator[Function]:
        """Yield every function and method."""
        yield from sorted(
            self.nodes(ast.FunctionDef, ast.AsyncFunctionDef), key=lambda node: node.lineno
        )

    def calls(self) -> Iterator[ast.Call]:
        """Yield every call."""
        yield from self.nodes(ast.Call)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the parent of a node; `None` for the tree itself."""
        return self._index.parents.get(node)

    def parents(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the ancestors of a node, the innermost first."""
        parents = self._index.parents
        while node in parents:
            node = parents[node]
            yield node

    def adopt(self, tree: ast.AST, parent: ast.AST) -> None:
        """Make a tree that was parsed apart, such as that of a quoted type, part of the file."""
        self._index.parents[tree] = parent
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr_context):
                    self._index.parents[child] = node

    def qualified_name(self, node: ast.AST) -> str:
        """Return the name of a function or a class within the module, such as `Outer.method`."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        around = [one for one in (node, *self.parents(node)) if isinstance(one, kinds)]
        return ".".join(one.name for one in reversed(around))

    def function_at(self, line: int) -> Function | None:
        """Return the function that begins at a line, decorators included."""
        return next((node for node in self.functions() if first_line(node) == line), None)

    def enclosing_function(self, node: ast.AST) -> Function | None:
        """Return the innermost function around a node."""
        kinds = ast.FunctionDef | ast.AsyncFunctionDef
        return next((parent for parent in self.parents(node) if isinstance(parent, kinds)), None)

    def enclosing_class(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the innermost class around a node."""
        parents = self.parents(node)
        return next((parent for parent in parents if isinstance(parent, ast.ClassDef)), None)

    def class_named(self, name: str) -> ast.ClassDef | None:
        """Return a class by its qualified name, such as `Outer.Inner`."""
        last = name.rpartition(".")[2]
        return next((node for node in self.nodes(ast.ClassDef) if node.name == last), None)

    def violation(self, node: ast.AST, message: str, *, patch: Patch | None = None) -> Violation:
        """Return a violation at a node; of one with a body, only the first line is marked."""
        line, offset = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line, end_offset = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", 0)
        has_end = end_line is not None and not hasattr(node, "body")
        return Violation(
            path=self.path,
            line=line,
            column=self.column(line, offset),
            end_line=end_line if has_end else None,
            end_column=self.column(end_line, end_offset) if has_end else None,
            message=message,
            patch=patch,
        )

    def replacing(
        self,
        node: ast.expr | ast.stmt,
        text: str,
        *,
        needs_import: str | None = None,
        is_safe: bool = False,
    ) -> Patch:
        """Return a patch that replaces a node by a text."""
        end_line, end_offset = node.end_lineno or node.lineno, node.end_col_offset or 0
        return Patch(
            line=node.lineno,
            column=self.column(node.lineno, node.col_offset),
            end_line=end_line,
            end_column=self.column(end_line, end_offset),
            text=text,
            needs_import=needs_import,
            is_safe=is_safe,
        )

    def column(self, line: int, offset: int) -> int:
        """Return the column of a byte offset, the unit of the syntax tree."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode()[:offset].decode(errors="ignore")) + 1

    @cached_property
    def _index(self) -> "_Index":
        index = _Index()
        queue = deque[ast.AST]([self.tree])
        while queue:
            node = queue.popleft()
            index.kinds[type(node)].append(node)
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.expr_context):  # one object for all nodes
                    index.parents[child] = node
                    queue.append(child)
        for nodes in index.kinds.values():
            nodes.sort(key=_position)
        return index

    def origin_of(self, node: ast.ImportFrom) -> str:
        """Return the module that a `from … import` names, a relative one too."""
        if not node.level:
            return node.module or ""
        package = self.module.split(".")
        if not self.path.endswith("/__init__.py"):
            package.pop()
        package = package[: len(package) - node.level + 1]
        return ".".join([*package, *filter(None, [node.module])])


class _Index:
    """The parent of each node, and the nodes of each class."""

    def __init__(self) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.kinds: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)


def first_line(node: Function | ast.ClassDef) -> int:
    """Return the first line of a function or a class, decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def last_name(node: ast.AST) -> str:
    """Return the last part of a name: `send` of `mailer.send(…)`; empty if there is no name."""
    node = node.func if isinstance(node, ast.Call) else node
    return getattr(node, "attr", None) or getattr(node, "id", "")


def constants_in(node: ast.AST) -> set[object]:
    """Return the values of all constants in an expression."""
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}


def parameters_of(function: Function) -> list[ast.arg]:
    """Return the parameters of a function, apart from `*args` and `**kwargs`."""
    parameters = function.args
    return [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]


def defaults_of(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    """Return the parameters with a default, each with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(positional[::-1], arguments.defaults[::-1], strict=False))
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return pairs + [(one, value) for one, value in named if value is not None]


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


class Sources(tuple[Source, ...]):
    """The files of the service, sorted by path."""

    __slots__ = ()

    def under(self, *places: str) -> "Sources":
        """Return the files at these paths or in these folders."""
        return Sources(
            source
            for source in self
            if any(
                source.path == place or source.path.startswith(f"{place.rstrip('/')}/")
                for place in places
            )
        )

    def nodes(self, *kinds: type[NodeT]) -> Iterator[tuple[Source, NodeT]]:
        """Yield every node of these classes, with its file."""
        for source in self:
            for node in source.nodes(*kinds):
                yield source, node
