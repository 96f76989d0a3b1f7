"""The project keeps its form: `scripts/form.py` has the limits and measures the figures."""

import ast
from pathlib import Path

import pytest

from scripts.form import LIMITS, Source, code_lines, cycles, figures, mutable_state, quirks
from tests.conftest import Render
from tests.toggles import TOGGLES, state


@pytest.fixture(scope="module")
def measured(render: Render) -> dict[str, float]:
    return figures(render(**state()), render(**state(*TOGGLES)))


@pytest.mark.parametrize("name", LIMITS)
def test_a_figure_is_within_its_limit(measured: dict[str, float], name: str) -> None:
    assert measured[name] <= LIMITS[name]


def test_every_figure_has_a_limit(measured: dict[str, float]) -> None:
    assert measured.keys() == LIMITS.keys()


def source(path: str, text: str) -> Source:
    return Source(Path(path), text, ast.parse(text))


def test_quirk_words_are_counted_per_thousand_words() -> None:
    assert quirks("Somebody mended this. " + "word " * 97) == 20.0


def test_lines_of_code_leave_out_comments_and_docstrings() -> None:
    text = '"""Two\nlines."""\n\n# A comment.\nX = (\n    1,\n)\n\n\ndef f():\n    """Do."""\n'
    assert code_lines(source("app/x.py", text)) == 4


def test_state_of_a_module_is_found_where_any_function_changes_it() -> None:
    files = [
        source("app/a.py", "SEEN = {}\nFIXED = {1: 2}\n\ndef f():\n    SEEN[1] = 2\n"),
        source("app/b.py", "from app.c import SHARED\n\ndef f():\n    SHARED.append(1)\n"),
        source("app/c.py", "SHARED = list()\n"),
        source("app/d.py", "COUNT = 0\n\ndef f():\n    global COUNT\n    COUNT += 1\n"),
        source("app/e.py", "OWN = []\n\ndef f():\n    OWN = []\n    OWN.append(1)\n"),
        source("app/core/services.py", "OPEN = {}\n\ndef f():\n    OPEN[1] = 2\n"),
    ]
    assert mutable_state(files) == ["app.a.SEEN", "app.c.SHARED", "app.d.COUNT"]


def test_import_cycles_are_found() -> None:
    files = [
        source("app/__init__.py", ""),
        source("app/a.py", "from app import b\n"),
        source("app/b.py", "import app.c\n"),
        source("app/c.py", "from app.a import x\n"),
        source("app/d.py", "from app.a import x\n"),
    ]
    assert [set(cycle) for cycle in cycles(files)] == [{"app.a", "app.b", "app.c"}]
