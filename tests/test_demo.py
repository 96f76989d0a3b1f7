"""`make demo` as a newcomer sees it."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.rendering import ROOT


def run_demo(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.demo"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_shows_real_data_and_stops_cleanly() -> None:
    demo = run_demo()
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""
    for shown in ("Importing 12,154 bars", '"AAPL"', '"NOPE"', '"request_id"', "/docs"):
        assert shown in demo.stdout
    for header in ("Server-Timing: ", "X-Request-ID: "):
        assert f"{header}None" not in demo.stdout


def test_the_demo_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    demo = run_demo(DEST=str(tmp_path))
    assert demo.returncode == 1
    assert f"{tmp_path} is not empty. Name a new folder: make demo DEST=…" in demo.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
