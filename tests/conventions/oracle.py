"""The classes of expressions: those that the facts say, beside those that pyrefly says.

This runs in a service, with the report of `pyrefly check --report-pysa FOLDER` as its argument, and
prints how often both agree, how often the facts are silent, and where they contradict pyrefly.
"""

import ast
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, TypeVar, get_origin

from conventions.facts.resolver import Resolver
from conventions.facts.symbols import Kind, Symbol
from conventions.source import Source

ROOT = Path()
Types = dict[str, dict[str, Any]]


def read_report(folder: Path) -> dict[str, Types]:
    """Return the types of the expressions of each file in `app/`, by their place."""
    found: dict[str, Types] = {}
    for path in sorted((folder / "type_of_expressions").glob("app*.json")):
        document = json.loads(path.read_text("utf-8"))
        types = found.setdefault(document["module_name"], {})
        for function in document["functions"].values():
            table = function["type_table"]
            types |= {place: table[index] for place, index in function["locations"].items()}
    return found


def place_of(node: ast.expr) -> str:
    """Return the place of an expression as pyrefly writes it."""
    end_line, end_column = node.end_lineno or 0, node.end_col_offset or 0
    return f"{node.lineno}:{node.col_offset + 1}-{end_line}:{end_column + 1}"


def classes_of(entry: dict[str, Any]) -> Iterator[tuple[bool, Any]]:
    """Yield the classes of a type, each with whether the expression is the class itself."""
    names = entry.get("class_names") or {}
    for one in names.get("classes", ()) if names.get("is_exhaustive") else ():
        name = one["class"]["class_name"]
        module = one["class"]["module_name"]
        yield "Type" in one.get("modifiers", ()), loaded(f"{module}:{name}")


def loaded(name: str) -> Any:  # noqa: ANN401 - any object
    """Return the object of a name; `None` where there is none, such as one of a stub alone."""
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return get_origin(found) or found


def is_same(symbol: Symbol, is_class: bool, kind: type) -> bool:  # noqa: FBT001 - of a pair
    """Return whether a symbol may be of a class: of this one, of a base of it, or of a subclass."""
    said = loaded(symbol.name)
    if not isinstance(said, type) or said in {TypeVar, Callable}:
        return True  # known by name only, or by what it can do
    if (said, kind) == (int, float) or (said is type and is_class):
        return True  # as for type checkers; some class
    if (symbol.kind is Kind.CLASS) != is_class:
        return kind in {type, object} or issubclass(kind, type)
    try:
        return issubclass(said, kind) or issubclass(kind, said)
    except TypeError:
        return True  # a protocol with attributes


def compare(resolver: Resolver, report: dict[str, Types]) -> tuple[Counter[str], list[str]]:
    """Return how often both agree, and the places where they do not."""
    counts, contradictions = Counter[str](), list[str]()
    for module, types in report.items():
        source = resolver.sources[module]
        expressions = (node for node in ast.walk(source.tree) if isinstance(node, ast.expr))
        for node in expressions:
            entry = types.get(place_of(node), {})
            classes = list(classes_of(entry))
            if classes and all(isinstance(kind, type) for _, kind in classes):
                known = known_classes(resolver, source, node)
                agrees = any(is_same(one, c, kind) for one in known for c, kind in classes)
                counts["agreed" if agrees else "contradicted" if known else "silent"] += 1
                if known and not agrees:
                    said = ", ".join(f"{one.kind} {one.name}" for one in known)
                    text = f"{source.path}:{node.lineno} {ast.unparse(node)[:80]}"
                    contradictions.append(f"{text} is {entry['string']}, and not {said}")
    return counts, contradictions


def known_classes(resolver: Resolver, source: Source, node: ast.expr) -> list[Symbol]:
    """Return the classes and objects that an expression may refer to."""
    kinds = {Kind.CLASS, Kind.INSTANCE, Kind.VALUE}
    found = resolver.resolve_all(source, node)
    return [one for one in found if one.kind in kinds and not one.is_none]


def main() -> None:
    """Print the comparison as JSON."""
    modules: dict[str, Source] = {}
    for path in sorted(ROOT.glob("app/**/*.py")):
        source = Source.read(ROOT, path.as_posix(), modules)
        modules[source.module] = source
    counts, contradictions = compare(Resolver(modules), read_report(Path(sys.argv[1])))
    json.dump({**counts, "contradictions": contradictions}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
