"""Plants: files of a feature that break one rule, or only just keep it.

`breaches/<rule>/` and `near_misses/<rule>/` hold files by their path in the service. A line that a
rule must find ends in `# breach: rule-id`, or has that alone on the line above; whatever has no
such mark must not be found. One that ends in `# 97 times` is laid so often.
"""

import ast
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

from scripts.rendering import ROOT
from tests.conventions.reviewing import Reviewed

HERE = Path(__file__).parent
BREACHES = HERE / "breaches"
NEAR_MISSES = HERE / "near_misses"
MARK = re.compile(r"# breach: (?P<rules>[a-z0-9-]+(?:, [a-z0-9-]+)*)\s*$")
MANY = re.compile(r"^(?P<line>.*)  # (?P<times>\d+) times$", re.MULTILINE)
LINT = set(tomllib.loads((ROOT / "template/conventions/rules/lint.toml").read_text("utf-8")))
OTHER_TOOLS = {*LINT, "types"}  # A plant is short, and may be untidy.

Place = tuple[str, int, str]


def rules_in(plants: Path) -> set[str]:
    """Return the ids of the rules that have plants there."""
    return {folder.name.replace("_", "-") for folder in plants.glob("*") if folder.is_dir()}


def lay(plants: Path, service: Reviewed) -> None:
    """Lay the plants of all rules over a service, and list what they plug in."""
    for folder in sorted(plants.glob("*")):
        shutil.copytree(folder, service.folder, dirs_exist_ok=True, copy_function=_grow)
    names = {path.name for path in plants.glob("*/app/features/*") if path.is_dir()}
    lines = [line for name in sorted(names) for line in _imports_of(name, service.folder)]
    plugged = [name for name in sorted(names) if _plugs_in(name, service.folder)]
    features = service.folder / "app/features/__init__.py"
    text = features.read_text("utf-8")
    text = text.replace("\n\nFEATURES", "\n" + "\n".join(lines) + "\n\nFEATURES")
    text = text.replace("(market_data,)", f"({', '.join(['market_data', *plugged])},)")
    features.write_text(text, "utf-8")


def import_from_modules(service: Reviewed) -> int:
    """Import what packages of `app/core` export from the modules that define it.

    Returns:
        How many names are now imported another way.
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


def marks_in(plants: Path) -> set[Place]:
    """Return where which rule must find something."""
    return {place for folder in plants.glob("*") for place in _marks_below(folder)}


def found_in(service: Reviewed) -> set[Place]:
    """Return where which rule finds something; no rule may fail itself."""
    answer = service.review("--format", "json")
    assert answer.status in {0, 1}, answer.complaint
    document = answer.document
    assert document["crashes"] == []
    return {
        (finding["path"], finding["line"], finding["rule"])
        for finding in document["findings"]
        if finding["rule"] not in OTHER_TOOLS
    }


def marked_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield at which line of a file which rule must find something."""
    for number, line in enumerate(text.splitlines(), start=1):
        if mark := MARK.search(line):
            is_above = mark.start() == len(line) - len(line.lstrip())
            yield from ((number + is_above, rule) for rule in mark["rules"].split(", "))


def _marks_below(folder: Path) -> Iterator[Place]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            for line, rule in marked_in(path.read_text("utf-8")):
                yield path.relative_to(folder).as_posix(), line, rule


def _grow(plant: str, file: str) -> None:
    text = Path(plant).read_text("utf-8")
    grown = MANY.sub(lambda many: "\n".join([many["line"]] * int(many["times"])), text)
    Path(file).write_text(grown, "utf-8")


def _plugs_in(name: str, service: Path) -> bool:
    return (service / "app/features" / name / "module.py").exists()


def _imports_of(name: str, service: Path) -> list[str]:
    if _plugs_in(name, service):
        return [f"from app.features.{name}.module import module as {name}"]
    files = (service / "app/features" / name).rglob("*.py")
    modules = sorted(file.relative_to(service).with_suffix("").as_posix() for file in files)
    names = [module.replace("/", ".") for module in modules]
    return [f"import {name}  # noqa: F401 - for what it defines" for name in names]
