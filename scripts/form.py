"""The figures of the project's form: words, sizes, and dependencies of modules.

    python -m scripts.form

prints each figure with its limit, and fails if one is over it. `tests/test_form.py` holds the same
limits.
"""

import ast
import io
import re
import sys
import tempfile
import tokenize
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from scripts.rendering import ROOT, generate_service

# Words of a private language, which a reader has to learn first.
QUIRKS = re.compile(
    r"\b(what|whose|whoever|whatever|nobody|somebody|anew|mend(s|ed|ing)?|told|gone|lest|heed"
    r"|whither|thereof|else's|by itself|by themselves|as good as|seen to|put off)\b",
    re.IGNORECASE,
)
QUESTION_WORDS = re.compile(r"(What|Who|Whose|How|Whether|Where)\b")
TOGGLES = ("redis", "resend", "paddle", "blob")
REGISTRY = "app/core/services.py"
MUTATORS = frozenset(
    (
        *("add", "append", "appendleft", "clear", "discard", "extend", "insert"),
        *("pop", "popitem", "popleft", "remove", "setdefault", "update"),
    )
)

LIMITS: dict[str, float] = {
    "quirk words per 1,000 in app": 5,
    "quirk words per 1,000 in conventions": 5,
    "quirk words per 1,000 in devtools": 5,
    "quirk words per 1,000 in the service's tests": 8,
    "quirk words per 1,000 in tests": 8,
    "quirk words per 1,000 in scripts, plumbline and benchmarks": 5,
    "quirk words per 1,000 in the documentation": 5,
    "docstrings that begin with a question word": 0,
    "files directly in app/core": 12,
    "files of a service with everything on": 556,  # Aim: 370.
    "lines of code in app with everything off": 6850,  # Aim: 3,500.
    "lines of code in app with everything on": 11440,  # Aim: 6,500.
    "mutable state of modules": 0,
    "exceptions to import contracts": 0,
    "core modules that the example's router imports": 4,
    "files that depend on answers": 15,
    "import cycles in app": 0,
    "import cycles in conventions": 0,
}
"""The largest value of each figure. Where it is above its aim, it may only come down."""


@dataclass(frozen=True)
class Source:
    """A Python file, parsed.

    Attributes:
        path: Its path in the folder that was searched.
        text: Its content.
        tree: Its syntax tree.
    """

    path: Path
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name, which for a package is that of its folder."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    def docstrings(self) -> Iterator[str]:
        """Yield every docstring."""
        for node in ast.walk(self.tree):
            if isinstance(
                node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
            ) and (text := ast.get_docstring(node)):
                yield text

    def tokens(self) -> Iterator[tokenize.TokenInfo]:
        """Yield every token."""
        return tokenize.generate_tokens(io.StringIO(self.text).readline)

    def comments(self) -> Iterator[str]:
        """Yield every comment."""
        return (token.string for token in self.tokens() if token.type == tokenize.COMMENT)


def main() -> int:
    """Print the figures and return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        services = [Path(folder, name) for name in ("off", "on")]
        for service, switched_on in zip(services, (False, True), strict=True):
            answers = dict.fromkeys(TOGGLES, switched_on)
            generate_service(service, answers={"example": "none", **answers})
        found = figures(*services)
    for name, limit in LIMITS.items():
        mark = " " if found[name] <= limit else "!"
        print(f"{mark} {found[name]:8,.4g} of {limit:6,}  {name}")
    return any(found[name] > limit for name, limit in LIMITS.items())


def figures(nothing_on: Path, everything_on: Path, *, root: Path = ROOT) -> dict[str, float]:
    """Measure the repository.

    Args:
        nothing_on: A rendered service with no toggle on and without the example.
        everything_on: One with every toggle on and without the example.
        root: The repository.
    """
    template = root / "template"
    app, conventions = list(sources(template, "app")), list(sources(template, "conventions"))
    devtools, service_tests = list(sources(template, "devtools")), list(sources(template, "tests"))
    tests = [one for one in sources(root, "tests") if "releases" not in one.path.parts]
    tools = [one for name in ("scripts", "plumbline", "benchmarks") for one in sources(root, name)]
    every_source = [*app, *conventions, *devtools, *service_tests, *tests, *tools]
    router = next(one for one in app if one.path == Path("app/features/market_data/router.py"))
    return {
        "quirk words per 1,000 in app": quirks(prose(app)),
        "quirk words per 1,000 in conventions": quirks(prose(conventions)),
        "quirk words per 1,000 in devtools": quirks(prose(devtools)),
        "quirk words per 1,000 in the service's tests": quirks(prose(service_tests)),
        "quirk words per 1,000 in tests": quirks(prose(tests)),
        "quirk words per 1,000 in scripts, plumbline and benchmarks": quirks(prose(tools)),
        "quirk words per 1,000 in the documentation": quirks(documentation(root)),
        "docstrings that begin with a question word": sum(
            bool(QUESTION_WORDS.match(text)) for one in every_source for text in one.docstrings()
        ),
        "files directly in app/core": sum(
            one.path.parent == Path("app/core") and one.path.name != "__init__.py" for one in app
        ),
        "files of a service with everything on": len(
            [path for path in everything_on.rglob("*") if path.is_file()]
        ),
        "lines of code in app with everything off": sum(
            map(code_lines, sources(nothing_on, "app"))
        ),
        "lines of code in app with everything on": sum(
            map(code_lines, sources(everything_on, "app"))
        ),
        "mutable state of modules": len(mutable_state(app)),
        "exceptions to import contracts": contract_exceptions(everything_on),
        "core modules that the example's router imports": len(
            {name for name in imported(router) if re.match(r"app\.core\b", name)}
        ),
        "files that depend on answers": len(list(template.rglob("*.jinja"))),
        "import cycles in app": len(cycles(app)),
        "import cycles in conventions": len(cycles(conventions)),
    }


def sources(root: Path, folder: str) -> Iterator[Source]:
    """Yield the Python files below a folder, those of an environment left out."""
    for path in sorted((root / folder).rglob("*.py")):
        if ".venv" not in path.parts:
            text = path.read_text("utf-8")
            yield Source(path.relative_to(root), text, ast.parse(text))


def prose(files: Iterable[Source]) -> str:
    """Return the docstrings and comments of files."""
    return "\n".join(text for one in files for text in (*one.docstrings(), *one.comments()))


def documentation(root: Path) -> str:
    """Return the pages, the guides of a service, and the questions."""
    paths = [
        root / "README.md",
        root / "copier.yml",
        *sorted((root / "docs").rglob("*.md")),
        *sorted((root / "questions").rglob("*.jinja")),
        root / "template/README.md.jinja",
        root / "template/AGENTS.md.jinja",
    ]
    return "\n".join(path.read_text("utf-8") for path in paths)


def quirks(text: str) -> float:
    """Return the number of quirk words in 1,000."""
    return round(1000 * len(QUIRKS.findall(text)) / max(1, len(text.split())), 1)


def code_lines(source: Source) -> int:
    """Return the number of lines with code: no blank lines, comments and docstrings."""
    documented: set[int] = set()
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            documented.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    layout = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    lines: set[int] = set()
    for token in source.tokens():
        if token.type not in layout:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def mutable_state(files: Iterable[Source]) -> list[str]:
    """Return the names of modules that functions change: rebound, or changed in place.

    A name counts if a function declares it `global`, or if a module binds it to a display or a call
    and a function of any module stores into it or calls a method such as `append` on it.
    """
    files = [one for one in files if one.path != Path(REGISTRY)]
    bound = {f"{one.module}.{name}" for one in files for name in _bound_at_top(one.tree)}
    found: set[str] = set()
    for one in files:
        origins = {name: f"{one.module}.{name}" for name in _bound_at_top(one.tree)}
        for node in one.tree.body:
            if isinstance(node, ast.ImportFrom):
                origins |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        for function in ast.walk(one.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                globals_, changed = _changes(function)
                found |= {f"{one.module}.{name}" for name in globals_}
                found |= {origins[name] for name in changed if origins.get(name) in bound}
    return sorted(found)


def _bound_at_top(tree: ast.Module) -> set[str]:
    """Return the names that a module binds to a display, a comprehension or a call."""
    mutable = (
        ast.List,
        ast.Dict,
        ast.Set,
        ast.ListComp,
        ast.DictComp,
        ast.SetComp,
        ast.Call,
    )
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, mutable):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.value, mutable):
            names |= {node.target.id} if isinstance(node.target, ast.Name) else set()
    return names


def _changes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[set[str], set[str]]:
    """Return the names that a function declares global, and those of others that it changes."""
    declared: set[str] = set()
    changed: set[str] = set()
    local = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            declared |= set(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            local.add(node.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            changed |= {node.value.id} if isinstance(node.value, ast.Name) else set()
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in MUTATORS
            and isinstance(node.func.value, ast.Name)
        ):
            changed.add(node.func.value.id)
    return declared, changed - local


def contract_exceptions(service: Path) -> int:
    """Return the number of imports that a contract of a service ignores."""
    project = tomllib.loads((service / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    return sum(len(contract.get("ignore_imports", ())) for contract in contracts)


def imported(source: Source) -> set[str]:
    """Return the modules that a file imports from."""
    return {
        node.module
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module
    }


def cycles(files: Iterable[Source]) -> list[list[str]]:
    """Return the import cycles among files, found one after the other until none is left."""
    files = list(files)
    modules = {one.module for one in files}
    graph = {one.module: _imported_of(one, modules) - {one.module} for one in files}
    found: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            cycle: list[str] = error.args[1]
            found.append(cycle)
            for module in cycle:
                graph[module] -= set(cycle)
        else:
            return found


def _imported_of(source: Source, modules: set[str]) -> set[str]:
    """Return which of the modules a file imports; a module rather than the package that has it.

    Imports for the type checker alone make no cycle.
    """
    found: set[str] = set()
    for_types = {
        part
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for part in ast.walk(node)
    }
    for node in (one for one in ast.walk(source.tree) if one not in for_types):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & modules
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names = (f"{node.module}.{alias.name}", node.module)
                found |= set(next(([name] for name in names if name in modules), []))
    return found


if __name__ == "__main__":
    sys.exit(main())
