"""Code that uses a package is found, however it names it."""

from pathlib import Path

import pytest

from devtools.data.usages import find_usages

PACKAGE = "app.integrations.post"


def usages(root: Path, path: str, content: str | bytes, *ignored: str) -> list[str]:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return find_usages(root, [PACKAGE], ignored=ignored)


@pytest.mark.parametrize(
    "content",
    [
        "import app.integrations.post",
        "import app.integrations.post.client as client",
        "from app.integrations import post",
        "from app.integrations.post import client",
        "from app.integrations.post.client import send",
        "from .post import client",
        "from ..integrations import post",
        "from . import post",
        "def f():\n    from app.integrations.post import x\ndef g():\n    from json import x",
        "import app.integrations as parts\nparts.post.send()",
        "from app import integrations\nintegrations.post.send()",
        "import app.main\napp.integrations.post.send()",
        'import_module("app.integrations.post")',
        'importlib.import_module(".post.client", "app.integrations")',
        'importlib.import_module(".post", package=__package__)',
        'patch("app.integrations.post.client.send")',
        'ENTRY = "app.integrations.post:module"',
        b"# -*- coding: latin-1 -*-\nfrom app.integrations import post  # \xe4",
        "{{ not Python }} app.integrations.post",
    ],
)
def test_a_use_is_found(tmp_path: Path, content: str | bytes) -> None:
    path = "app/integrations/mine.py"
    assert usages(tmp_path, path, content) == [f"{path} uses {PACKAGE}."]


@pytest.mark.parametrize(
    "content",
    [
        "from app.integrations import postal",
        "from app.integrations.postal import post",
        "import post",
        "from ....integrations import post",
        "# app.integrations.post",
        "post = 1",
        "print(1).post",
    ],
)
def test_another_name_is_no_use(tmp_path: Path, content: str) -> None:
    assert usages(tmp_path, "app/integrations/mine.py", content) == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("tests/features/test_mine.py", f"import {PACKAGE}"),
        ("migrations/versions/mine/one.py", f"import {PACKAGE}"),
        (".github/scripts/deploy.py", f"import {PACKAGE}"),
        ("scripts/deploy", f"#!/usr/bin/env python3\nimport {PACKAGE}"),
        ("scripts/load.py", 'import_module(".post.client", "app.integrations")'),
        ("stubs/mine.pyi", f"import {PACKAGE}"),
        ("notebooks/mine.ipynb", f'{{"source": ["import {PACKAGE}"]}}'),
    ],
)
def test_code_is_found_in_every_folder(tmp_path: Path, path: str, content: str) -> None:
    assert usages(tmp_path, path, content) == [f"{path} uses {PACKAGE}."]


@pytest.mark.parametrize(
    "path", [".data/mine.py", "node_modules/mine.py", ".mypy_cache/mine.py", "scripts/note"]
)
def test_data_caches_and_notes_are_skipped(tmp_path: Path, path: str) -> None:
    assert usages(tmp_path, path, f"import {PACKAGE}") == []


def test_virtual_environments_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "any name").mkdir()
    (tmp_path / "any name/pyvenv.cfg").touch()
    assert usages(tmp_path, "any name/lib/mine.py", f"import {PACKAGE}") == []


def test_files_that_go_or_change_with_the_package_are_ignored(tmp_path: Path) -> None:
    path = "app/modules.py"
    assert usages(tmp_path, path, f"import {PACKAGE}", path) == []


def test_a_broken_link_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "post.py").symlink_to(tmp_path / "nowhere")
    assert usages(tmp_path, "mine.py", f"import {PACKAGE}") == [f"mine.py uses {PACKAGE}."]
