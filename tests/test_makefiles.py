"""Both Makefiles work on a machine that has Python with pip, and no other tools."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.rendering import ROOT, service_environment


def path_without_uv(folder: Path) -> str:
    """Return a PATH with the programs of a minimal machine."""
    folder.mkdir()
    for program in ("echo", "make", "mkdir", "mv", "rm", "sh"):
        found = shutil.which(program)
        assert found, f"{program} is not installed here"
        (folder / program).symlink_to(found)
    # The interpreter of this environment has no pip.
    (folder / "python3").symlink_to(Path(sys.base_prefix) / "bin/python3")
    return str(folder)


@pytest.mark.parametrize("makefile", [ROOT / "Makefile", ROOT / "template/Makefile"])
def test_uv_is_installed_into_the_project_if_it_is_missing(makefile: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my project"
    folder.mkdir()
    shutil.copy(makefile, folder)
    (folder / "project.mk").touch()
    environment = {**service_environment(), "PATH": path_without_uv(tmp_path / "bin")}
    subprocess.run(["make", ".tools/bin/uv"], cwd=folder, env=environment, check=True)
    subprocess.run([folder / ".tools/bin/uv", "--version"], check=True)
    assert [path.name for path in (folder / ".tools").iterdir()] == ["bin"]


@pytest.mark.parametrize("folder", [ROOT, ROOT / "template"])
def test_make_alone_lists_every_target(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "Makefile", tmp_path)
    (tmp_path / "project.mk").write_text("mine:  ## My own\n", "utf-8")
    shown = subprocess.check_output(["make"], cwd=tmp_path, text=True, env=service_environment())
    targets = [line.split()[0] for line in shown.splitlines()]
    assert {"test", "check", "format"} <= set(targets)


FAKE_UV = """#!/bin/sh
test "$1" = --version && exit 0
echo "ran $*"
case "$*" in *ruff*|*imports*) exit 1;; esac
"""
TOOLS = ["ruff check .", "ruff format --check .", "pyrefly check"]
OF_THE_SERVICE = ["ruff format --check .", "lint-imports", "python -m conventions check"]
SERVICES = "pytest -q -n 2 --dist loadgroup tests/test_services.py -k passes_its_checks"


@pytest.mark.parametrize(
    ("folder", "tools"),
    [(ROOT, [*TOOLS, SERVICES]), (ROOT / "template", OF_THE_SERVICE)],
    ids=["template repository", "service"],
)
def test_make_check_runs_every_tool_and_names_all_that_fail(
    folder: Path, tools: list[str], tmp_path: Path
) -> None:
    shutil.copy(folder / "Makefile", tmp_path)
    (tmp_path / "project.mk").touch()
    (tmp_path / "uv").write_text(FAKE_UV, "utf-8")
    (tmp_path / "uv").chmod(0o755)
    environment = service_environment()
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    done = subprocess.run(
        ["make", "check"],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("ran ")] == [f"ran run {t}" for t in tools]
    failed = [tool for tool in tools if "ruff" in tool or "imports" in tool]
    assert lines[-1] == f"make check failed: {', '.join(failed)}"
    assert done.returncode != 0
