"""Each toggle adds code that runs, and leaves nothing in a service without it."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from scripts.rendering import ROOT
from tests.conftest import Render
from tests.test_rendering import tree
from tests.toggles import TOGGLES

# For each toggle, the folder of its module, and the words that only it uses.
TRACES = {
    "redis": ("app/integrations/redis", ("redis", "valkey")),
    "resend": ("app/integrations/resend", ("resend", "svix", "jinja2")),
    "paddle": ("app/integrations/paddle", ("paddle",)),
    "blob": ("app/integrations/blob", ("vercel", "blob")),
}
LIBRARIES = r"conventions/facts/\w+\.toml"  # tables of any library that a service may use
JOBS = ("app/core/jobs", "migrations/versions/jobs", "tests/core/jobs")  # in every service
FAKES = "devtools/fakes"  # in a service with any of the last three toggles


def imported_from(start: Path, *, service: Path) -> set[Path]:
    """Return the files of the service that importing one of them imports."""
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += [file for name in imports_of(path) for file in files_of(name, service=service)]
    return found


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files_of(name: str, *, service: Path) -> list[Path]:
    path = service / name.replace(".", "/")
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]


def commands_of(service: Path, toggle: str) -> list[str]:
    """Return the files that the toggle's own make targets run."""
    targets = service / f"devtools/targets/{toggle}.mk"
    text = targets.read_text("utf-8") if targets.exists() else ""
    return [f"{name.replace('.', '/')}.py" for name in re.findall(r"python -m (app\.[\w.]+)", text)]


def test_the_table_above_holds_every_toggle() -> None:
    documents = list(yaml.load_all((ROOT / "copier.yml").read_text("utf-8"), IgnoreIncludes))
    questions = {name: spec for part in documents for name, spec in (part or {}).items()}
    toggles = {
        name
        for name, spec in questions.items()
        if isinstance(spec, dict) and spec.get("type") == "bool"
    }
    assert toggles == set(TRACES) == set(TOGGLES)


class IgnoreIncludes(yaml.SafeLoader):
    """Reads copier.yml without its includes."""


def _leave_out(_loader: IgnoreIncludes, _node: yaml.Node) -> dict[str, object]:
    return {}


IgnoreIncludes.add_constructor("!include", _leave_out)


@pytest.mark.parametrize("toggle", TOGGLES)
def test_a_toggle_that_is_on_adds_code_that_the_service_imports(
    render: Render, toggle: str
) -> None:
    service, folder = render(**{toggle: True}), TRACES[toggle][0]
    imported: set[Path] = set()
    for start in ("app/main.py", *commands_of(service, toggle)):
        imported |= imported_from(service / start, service=service)
    assert set((service / folder).rglob("*.py")) <= imported | {service / folder / "__init__.py"}


@pytest.mark.parametrize("toggle", TOGGLES)
def test_a_toggle_that_is_off_leaves_no_trace(render: Render, toggle: str) -> None:
    others = {other: other != toggle for other in TOGGLES}
    for path, content in tree(render(**others)).items():
        if path == ".copier-answers.yml" or re.fullmatch(LIBRARIES, path):
            continue
        for word in TRACES[toggle][1]:
            assert word not in path.lower(), path
            assert word.encode() not in content.lower(), path


def test_jobs_are_in_every_service(render: Render) -> None:
    assert all((render(redis=True) / folder).is_dir() for folder in JOBS)


def test_fakes_come_with_the_toggles_that_use_them_and_leave_no_trace(render: Render) -> None:
    for toggle in ("resend", "paddle", "blob"):
        assert (render(**{toggle: True}) / FAKES).is_dir()
    for path, content in tree(render(redis=True)).items():
        assert not path.startswith(FAKES), path
        assert b"fakes" not in content.lower(), path
