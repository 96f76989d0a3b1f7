"""A preview starts a fixed number of processes and renders twice, whatever the size of the service.

The limit is a little above the present number; a process for each file exceeds it by far.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.make_update.program import run
from tests.next_release import NEXT
from tests.rewriting import append
from tests.updating import commit, update

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.

AT_MOST = 60
COUNT = """
import atexit, json
started = []
def record(event, arguments):
    if event == "subprocess.Popen":
        started.append([str(part) for part in arguments[1]])
sys.addaudithook(record)
rendered = []
render = planning.render
def count(*arguments, **options):
    rendered.append(arguments[2])
    return render(*arguments, **options)
planning.render = count
atexit.register(lambda: print(json.dumps([started, rendered]), file=sys.stderr))
"""


def preview(folder: Path) -> tuple[list[str], list[str]]:
    """Return the commands that a preview starts, and the versions that it renders."""
    done = run(folder, "preview", patch=COUNT)
    assert "# Update from" in done.stdout
    started, rendered = json.loads(done.stderr.splitlines()[-1])
    return [command_of(arguments) for arguments in started], rendered


def command_of(arguments: list[str]) -> str:
    """Return the name of a command, with that of git's subcommand."""
    words = [part for part in arguments if re.fullmatch(r"[a-z][a-z/-]*", part)]
    return " ".join(words[:2])


def test_a_preview_renders_twice(generated: Path) -> None:
    started, rendered = preview(generated)
    assert len(rendered) == 2
    assert len(started) <= AT_MOST, Counter(started)


def test_removed_and_edited_files_start_no_more_than_their_merges(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    paths = sorted((folder / "app/core").rglob("*.py"))
    for path in paths[::2]:
        append(path, "\n# Mine\n")
    for path in paths[1::4]:
        path.unlink()
    commit(folder, "My work")
    started, rendered = preview(folder)
    merges = [command for command in started if "merge-file" in command]
    assert len(rendered) == 2
    assert len(started) - len(merges) <= AT_MOST, Counter(started)


def test_answers_that_were_changed_before_are_rendered_once_more(
    generated: Path, copied: Callable[[Path], Path]
) -> None:
    folder = copied(generated)
    for toggle in ("redis", "blob"):
        update(folder, to=":current:", **{toggle: True})
        commit(folder, "Switch something on")
    started, rendered = preview(folder)
    assert len(rendered) == 3
    assert rendered[-1] == NEXT
    assert len(started) <= AT_MOST + 20, Counter(started)
