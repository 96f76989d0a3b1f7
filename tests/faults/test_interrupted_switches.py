"""Switches and changed answers that are killed, and resumed."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.updating.switching import change_answers
from tests.faults.conftest import Small, run_program
from tests.faults.killing import STAGES, edited, stages


@pytest.mark.parametrize("patch", list(STAGES.values())[1:], ids=list(STAGES)[1:])
@pytest.mark.parametrize("resume", ["update", "finish"])
def test_a_killed_change_of_an_answer_is_resumed(
    service: Small, tmp_path: Path, patch: str, resume: str
) -> None:
    edited(service)
    copy = Small(Path(shutil.copytree(service.folder, tmp_path / "copy", symlinks=True)))
    change_answers(copy.updater(), ["name=other"])
    if not is_killed(service, patch, "switching.change_answers(updater, ['name=other'])"):
        assert service.state() == copy.state()
        return
    if service.git("status", "--porcelain"):
        getattr(service, resume)()
    else:
        change_answers(service.updater(), ["name=other"])
    assert service.state() == copy.state()


def is_killed(service: Small, patch: str, action: str) -> bool:
    """Run an action that is killed, unless it has no such stage."""
    killed = run_program(service, action, patch=patch)
    assert killed.returncode in {-signal.SIGKILL, 0}, killed.stderr
    return killed.returncode != 0


@stages
@pytest.mark.parametrize("name", ["--on", "--off"])
def test_a_killed_switch_is_resumed(
    make: Callable[..., Small], tmp_path: Path, patch: str, name: str
) -> None:
    service = edited(make(search=name == "--off"))
    copy = Small(Path(shutil.copytree(service.folder, tmp_path / "copy", symlinks=True)))
    action = f"switch(updater, {name!r})"
    assert run_program(copy, action, patch=SWITCH).returncode == 0
    is_finished = not is_killed(service, SWITCH + patch, action)
    if service.git("status", "--porcelain") and not is_finished:
        service.finish()
    elif not is_finished:
        assert run_program(service, action, patch=SWITCH).returncode == 0
    assert service.state() == copy.state()


SWITCH = """
import json
switching._ServiceData._run = lambda self, *arguments, is_shown: json.dumps({"labels": ["search"]})
def switch(updater, name):
    if name == "--on":
        switching.switch_on(updater, "search")
    else:
        switching.switch_off(updater, "search", data=switching.Data.DROP)
"""
