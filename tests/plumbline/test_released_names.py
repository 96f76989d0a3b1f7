"""After the renames every public name of 0.1.0 is still there, or UPGRADING.md names it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from plumbline.renames import Renames
from plumbline.renaming import rename
from scripts.archives import unpack_release
from scripts.rendering import ROOT

RENAMES = Renames.load()
UPGRADING = (ROOT / "UPGRADING.md").read_text("utf-8").partition("\n## 0.1.0\n")[0]
FEATURE = PurePosixPath("app/features/notes/service.py")
IMPORT = re.compile(r"from (\S+) import (\w+)\n")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of 0.1.0."""
    folder = tmp_path_factory.mktemp("released")
    unpack_release("0.1.0", folder)
    return folder / "template"


def public_names(template: Path) -> Iterator[tuple[str, str]]:
    """Yield each name that a feature or a test could import from the template, with its module."""
    folders = ("app/accounts", "app/core")
    paths = [path for folder in folders for path in template.glob(f"{folder}/**/*.py")]
    for path in sorted([*paths, template / "app/settings.py", template / "tests/conftest.py"]):
        module = ".".join(path.relative_to(template).with_suffix("").parts)
        module = module.removesuffix(".__init__")
        # Constants tune their own module; programs are run.
        names = {name for name in defined_in(path) if not name.isupper() and name != "main"}
        yield from ((module, name) for name in sorted(names))


def defined_in(path: Path) -> set[str]:
    """Return the public names that a module defines, or hands on in `__all__`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
            if "__all__" in names:
                names |= set(ast.literal_eval(node.value)) if node.value else set()
                names.discard("__all__")
    return {name for name in names if not name.startswith("_")}


def is_there(module: str, name: str) -> bool:
    """Return whether a name of 0.1.0 can be imported from where its import leads now."""
    renamed = rename(f"from {module} import {name}\n", RENAMES, path=FEATURE)
    found = IMPORT.match(renamed)
    assert found, renamed
    place = ROOT / "template" / found[1].replace(".", "/")
    return any(
        path.is_file() and found[2] in defined_in(path)
        for path in (place.with_suffix(".py"), place / "__init__.py")
    )


def test_every_public_name_is_there_after_the_renames_or_named_in_upgrading(
    released: Path,
) -> None:
    missing = [
        (module, name) for module, name in public_names(released) if not is_there(module, name)
    ]
    unexplained = [f"{module}.{name}" for module, name in missing if f"`{name}`" not in UPGRADING]
    assert unexplained == [], "add them to renames-0.2.0.toml, or to UPGRADING.md"
