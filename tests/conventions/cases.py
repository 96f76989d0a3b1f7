"""Cases of the rules: files of a feature that violate one rule, or nearly do.

`invalid/<rule>/` and `valid/<rule>/` hold files by their path in the service. A line that a rule
must report ends in `# violates: rule-id`, or has that comment alone on the line above; no other
line may be reported. A line that ends in `# 97 times` is repeated that often.
"""

import ast
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from scripts.rendering import ROOT
from tests.conventions.reviewing import ReviewedService

HERE = Path(__file__).parent
INVALID = HERE / "invalid"
VALID = HERE / "valid"
MARK = re.compile(r"# violates: (?P<rules>[a-z0-9-]+(?:, [a-z0-9-]+)*)\s*$")
MANY = re.compile(r"^(?P<line>.*)  # (?P<times>\d+) times$", re.MULTILINE)
LINT = set(tomllib.loads((ROOT / "template/conventions/rules/lint.toml").read_text("utf-8")))
OTHER_TOOLS = {*LINT, "types", "unsafe-migration"}  # Cases are short, and need not pass these.

Place = tuple[str, int, str]


def rules_in(cases: Path) -> set[str]:
    """Return the ids of the rules with cases in a folder."""
    return {folder.name.replace("_", "-") for folder in cases.glob("*") if folder.is_dir()}


def add_cases(cases: Path, service: ReviewedService) -> None:
    """Copy the cases of all rules into a service, and list their modules in FEATURES."""
    for folder in sorted(cases.glob("*")):
        shutil.copytree(folder, service.folder, dirs_exist_ok=True, copy_function=_copy_repeating)
    names = {path.name for path in cases.glob("*/app/features/*") if path.is_dir()}
    lines = [line for name in sorted(names) for line in _imports_of(name, service.folder)]
    with_module = [name for name in sorted(names) if _has_module(name, service.folder)]
    features = service.folder / "app/features/__init__.py"
    text = features.read_text("utf-8")
    text = text.replace("\n\nFEATURES", "\n" + "\n".join(lines) + "\n\nFEATURES")
    text = text.replace("(market_data,)", f"({', '.join(['market_data', *with_module])},)")
    features.write_text(text, "utf-8")


def import_from_modules(service: ReviewedService) -> int:
    """Import the names that packages of `app/core` re-export from the modules that define them.

    Returns:
        The number of names that are now imported differently.
    """
    rewritten = 0
    for path in (service.folder / "app/features").rglob("*.py"):
        text = path.read_text("utf-8")
        for node in reversed(list(ast.walk(ast.parse(text)))):
            package = service.folder / (getattr(node, "module", "") or "").replace(".", "/")
            if isinstance(node, ast.ImportFrom) and package.parent.name == "core":
                exported = _imported_by(package / "__init__.py")
                lines = [
                    f"from {exported.get(name.name, node.module)} import {name.name}"
                    for name in node.names
                ]
                rewritten += sum(name.name in exported for name in node.names)
                segment = ast.get_source_segment(text, node) or ""
                padding = "\n" * segment.count("\n")  # marks stay at their lines
                text = text.replace(segment, "; ".join(lines) + padding, 1)
        path.write_text(text, "utf-8")
    return rewritten


def _imported_by(package: Path) -> dict[str, str]:
    nodes = ast.walk(ast.parse(package.read_text("utf-8"))) if package.exists() else ()
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.name: str(node.module) for node in imports for name in node.names}


def marks_in(cases: Path) -> set[Place]:
    """Return the places that the rules must report."""
    return {place for folder in cases.glob("*") for place in _marks_below(folder)}


def found_in(service: ReviewedService) -> set[Place]:
    """Return the places that the rules report; no rule may crash."""
    result = service.review("--format", "json")
    assert result.status in {0, 1}, result.stderr
    document = result.document
    assert document["crashes"] == []
    return {
        (finding["path"], finding["line"], finding["rule"])
        for finding in document["findings"]
        if finding["rule"] not in OTHER_TOOLS
    }


def marked_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that a rule must report, each with the rule."""
    for number, line in enumerate(text.splitlines(), start=1):
        if mark := MARK.search(line):
            is_above = mark.start() == len(line) - len(line.lstrip())
            yield from ((number + is_above, rule) for rule in mark["rules"].split(", "))


def _marks_below(folder: Path) -> Iterator[Place]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            for line, rule in marked_in(path.read_text("utf-8")):
                yield path.relative_to(folder).as_posix(), line, rule


def _copy_repeating(case: str, file: str) -> None:
    text = Path(case).read_text("utf-8")
    repeated = MANY.sub(lambda many: "\n".join([many["line"]] * int(many["times"])), text)
    Path(file).write_text(repeated, "utf-8")


def _has_module(name: str, service: Path) -> bool:
    return (service / "app/features" / name / "module.py").exists()


def _imports_of(name: str, service: Path) -> list[str]:
    if _has_module(name, service):
        return [f"from app.features.{name}.module import module as {name}"]
    files = (service / "app/features" / name).rglob("*.py")
    modules = sorted(file.relative_to(service).with_suffix("").as_posix() for file in files)
    names = [module.replace("/", ".") for module in modules]
    return [f"import {name}  # noqa: F401 - for what it defines" for name in names]
