"""Updates that are killed at a stage."""

import signal

import pytest

from tests.faults.conftest import Small, run_program

STAGES = {
    "before the plan": "commands.write_plan = die",
    "after the plan": "commands.write = die",
    "before the first file": "writing._write_files = die",
    "within the files": """
move = writing._move
def until_the_third(file, target, moved=[]):
    moved.append(target)
    die() if len(moved) == 3 else move(file, target)
writing._move = until_the_third""",
    "within a process of git": """
run = planning.Repository.git_in_worktree
def until_files(repository, *arguments, **options):
    if arguments[0] == "checkout-index":
        Path(repository.own_path("plumbline-files"), "app").mkdir(parents=True)
        Path(repository.own_path("plumbline-files"), "app/core.py").write_text("half")
        die()
    return run(repository, *arguments, **options)
planning.Repository.git_in_worktree = until_files""",
    "after a removal": """
remove = writing._remove
writing._remove = lambda *arguments: (remove(*arguments), die())""",
    "before the index": "writing._write_index = die",
    "before the answers": """
write_files = writing._write_files
def until_answers(repository, plan, paths):
    if writing.ANSWERS_FILE in paths:
        die()
    write_files(repository, plan, paths)
writing._write_files = until_answers""",
    "after the answers, before their index": """
write_index = writing._write_index
def until_answers(repository, plan, files):
    if writing.ANSWERS_FILE in files:
        die()
    write_index(repository, plan, files)
writing._write_index = until_answers""",
    "after everything": "commands.Updater.outcome = die",
}
stages = pytest.mark.parametrize("patch", STAGES.values(), ids=STAGES)


def edited(service: Small) -> Small:
    lines = service.read("app/core.py")
    service.write("app/core.py", lines.replace("line_30 = 30", "line_30 = 'mine'"))
    service.write("app/own.py", "MINE = 1\n")
    service.commit()
    return service


def kill(service: Small, patch: str, action: str = "updater.update(to=None)") -> None:
    killed = run_program(service, action, patch=patch)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
