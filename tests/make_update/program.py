"""The program behind `make update`, run with something in it replaced."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.rendering import service_environment
from tests.rewriting import substitute

STOPPED = (
    "def stop(*_, **__): raise program.UpdateError('stopped')\nplanning.run_copier_update = stop"
)
UNCHECKED = "program.check_service = lambda repository: None"
DRIVER = """\
import os, signal, sys
from devtools.updating import __main__ as program, planning, writing

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

{patch}
sys.argv = ["updating", *{arguments!r}]
program.main()
"""


def run(folder: Path, *arguments: str, patch: str = UNCHECKED) -> subprocess.CompletedProcess[str]:
    """Run the program behind `make update` with something replaced in it."""
    return subprocess.run(
        [sys.executable, "-c", DRIVER.format(patch=patch, arguments=arguments)],
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
