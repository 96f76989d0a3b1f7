"""The program behind `make update`, run with something in it replaced."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.rendering import ROOT, service_environment
from tests.rewriting import substitute

STOPPED = "def stop(*_, **__): raise errors.PlumblineError('stopped')\nplanning.Planner.plan = stop"
UNCHECKED = "command_line.Updater = functools.partial(commands.Updater, check=lambda _: None)"
DRIVER = """\
import functools, os, signal, sys
sys.path.insert(0, {root!r})
from plumbline import __main__ as program, errors
from plumbline.updating import command_line, commands, planning, rendering, writing

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

{patch}
sys.exit(program.main({arguments!r}))
"""


def run(folder: Path, *arguments: str, patch: str = UNCHECKED) -> subprocess.CompletedProcess[str]:
    """Run `plumbline` in a service with something replaced in it."""
    driver = DRIVER.format(root=str(ROOT), patch=patch, arguments=arguments)
    return subprocess.run(
        [sys.executable, "-c", driver],
        cwd=folder,
        env={**service_environment(), "GIT_CONFIG_GLOBAL": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )


def make(folder: Path, target: str, environment: dict[str, str]) -> tuple[int, str]:
    """Run a target as in a terminal; return its status and its output."""
    done = subprocess.run(
        ["make", *target.split()],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def resolve(path: Path) -> None:
    """Resolve each conflict of a file with the user's lines."""
    substitute(path, r"(?ms)^<{7} .*?\n(.*?)^={7}\n.*?^>{7} .*?\n", r"\1")
