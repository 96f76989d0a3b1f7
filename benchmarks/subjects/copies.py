"""Measures of the template's own speed: `copier copy` and an update.

Each figure is the CPU time of a new process, git included, without the start of Python. The
yardstick of a copy is Copier with a template of the same files, none of which is rendered; that of
an update is the copy. The updated service has edited and deleted files, and the release changes
every file of the core.
"""

import os
import shutil
import subprocess
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import copier

from benchmarks.measures import Figure, Measure, Sides, at_most
from benchmarks.serving import Bench, State
from plumbline.errors import Unfinished
from plumbline.updating.commands import Updater
from plumbline.updating.git import Repository
from scripts.archives import ROOT, SHIPPED

IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
STATIC = '_min_copier_version: "9.11.0"\n_subdirectory: template\n_templates_suffix: .rendered\n'


@contextmanager
def compare_copies(bench: Bench) -> Iterator[Sides]:
    """Compare a copy of the template with that of its rendered files."""
    folder = bench.scratch / "copies"
    template = released_template(folder / "template")
    copy(template, folder / "rendered", bench.state)
    static = static_template(folder / "static", folder / "rendered")
    copy(static, folder / "copied", bench.state)
    assert paths(folder / "copied") == paths(folder / "rendered"), "other files than the template's"
    yield Sides(
        lambda: copying(template, folder / "new", bench.state),
        lambda: copying(static, folder / "new", bench.state),
    )


@contextmanager
def compare_updates(bench: Bench) -> Iterator[Sides]:
    """Compare an update with a copy."""
    folder = bench.scratch / "updates"
    template = released_template(folder / "template")
    service = folder / "service"
    copy(template, service, bench.state)
    commit(service)
    edit(service)
    release_again(template)

    def updating() -> Figure:
        with fresh(folder / "updated") as updated:
            shutil.copytree(service, updated, symlinks=True)
            spent = cpu_of_child(lambda: update(updated))
            assert "_commit: 1.0.1" in (updated / ".copier-answers.yml").read_text("utf-8")
        return Figure(spent)

    yield Sides(updating, lambda: copying(template, folder / "new", bench.state))


def copying(template: Path, destination: Path, state: State) -> Figure:
    """Return the CPU seconds of a copy to a folder that does not exist."""
    with fresh(destination):
        return Figure(cpu_of_child(lambda: copy(template, destination, state)))


def copy(template: Path, destination: Path, state: State) -> None:
    """Generate a service."""
    answers = state.answers
    copier.run_copy(str(template), destination, data=answers, defaults=True, quiet=True)


def update(service: Path) -> None:
    """Update a service as `make update` does, without the checks that follow."""
    updater = Updater(Repository(service), accepted=["all"], check=lambda _: None)
    with suppress(Unfinished), redirect_stdout(StringIO()):  # conflicts are the user's to resolve
        updater.update(to=None)


def released_template(folder: Path) -> Path:
    """Make a repository of the checkout, with one tag."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *SHIPPED]
    for path in subprocess.check_output(listed, cwd=ROOT, text=True).rstrip("\0").split("\0"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((ROOT / path).read_bytes())
    return tagged(folder, "1.0.0")


def static_template(folder: Path, rendered: Path) -> Path:
    """Make a released template whose files are copied as they are."""
    shutil.copytree(rendered, folder / "template", symlinks=True)
    (folder / "copier.yml").write_text(STATIC, "utf-8")
    return tagged(folder, "1.0.0")


def edit(service: Path) -> None:
    """Edit a third of the core, and delete some of it."""
    for number, path in enumerate(sorted((service / "app/core").rglob("*.py"))):
        if number % 3 == 0:
            path.write_bytes(path.read_bytes() + b"\nMINE = True\n")
        elif number % 10 == 1:
            path.unlink()
    commit(service)


def release_again(template: Path) -> None:
    """Release a change of every file of the core."""
    for path in (template / "template/app/core").rglob("*.py"):
        path.write_bytes(b"# Changed.\n" + path.read_bytes())
    tagged(template, "1.0.1")


def paths(folder: Path) -> list[str]:
    """Return the files in a folder."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(map(str, files))


def tagged(folder: Path, tag: str) -> Path:
    """Commit everything in a folder and tag it."""
    commit(folder)
    git(folder, "tag", tag)
    git(folder, "gc", "--quiet")
    return folder


def commit(folder: Path) -> None:
    """Make a repository of a folder, with everything in one commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True)


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """Yield the path of a folder that does not exist, and remove it afterwards."""
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cpu_of_child(run: Callable[[], object]) -> float:
    """Return the CPU seconds of a call in a fork of this process, where no cache is filled."""
    child = os.fork()
    if not child:
        os._exit(status_of(run))
    _, status, used = os.wait4(child, 0)
    if status:
        raise RuntimeError("a measured call failed; see above")
    return used.ru_utime + used.ru_stime


def status_of(run: Callable[[], object]) -> int:
    """Return the exit status of a call: 1 after an exception, which is printed."""
    try:
        run()
    except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
        traceback.print_exc()
        return 1
    return 0


MEASURES = [
    Measure(
        "copier copy",
        "CPU seconds: the template / the same files, copied by Copier as they are",
        at_most(1.5),
        compare_copies,
        states=[State.EVERYTHING_ON],
        pairs=5,
    ),
    Measure(
        "make update",
        "CPU seconds: an update of edited files / a copy",
        at_most(2.0),
        compare_updates,
        states=[State.EVERYTHING_ON],
        pairs=5,
    ),
]
