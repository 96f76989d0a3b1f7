"""Measure previews and updates of the full service relative to `copier copy`: part of `make bench`.

All are measured in turns in one process, without Python's own start, on a service with edited and
deleted files. The release changes a line; Copier renders the service three times for any change.
"""

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import copier

from plumbline.errors import Unfinished
from plumbline.updating.commands import Updater
from plumbline.updating.git import Repository
from scripts.archives import ROOT, SHIPPED
from scripts.commands import temporary_folder

EVERYTHING = dict.fromkeys(("redis", "resend", "paddle", "blob"), True)
IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
ROUNDS = 3
LIMITS = {"plumbline preview": "≤ 2", "copier update": ""}


def main() -> None:
    """Print one line for the copy, and one for each kind of update relative to it."""
    with temporary_folder() as scratch:
        template = released_template(scratch / "template")
        service = scratch / "service"
        copy(template, service)
        commit(service)
        files = sum(path.is_file() for path in service.rglob("*") if ".git" not in path.parts)
        edit(service)
        release_again(template)
        rounds = [measure(template, service, scratch / f"round{n}") for n in range(ROUNDS)]
    copies = [seconds_of["copier copy"] for seconds_of in rounds]
    print(f"{'copier copy, everything on':34}{min(copies):8.2f}{'':9}   s, {files} files")
    for name, limit in LIMITS.items():
        ratio = statistics.median(one[name] / one["copier copy"] for one in rounds)
        print(f"{f'{name} / copier copy':34}{ratio:8.2f}{limit:>9}", flush=True)


def measure(template: Path, service: Path, folder: Path) -> dict[str, float]:
    """Return the seconds of each operation, by its name."""
    shutil.copytree(service, folder / "by copier", symlinks=True)
    return {
        "plumbline preview": seconds(lambda: preview(service)),
        "copier copy": seconds(lambda: copy(template, folder / "copy")),
        "copier update": seconds(lambda: update(folder / "by copier")),
    }


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
    commit(template)
    git(template, "tag", "1.0.1")


def released_template(folder: Path) -> Path:
    """Make a repository of the checkout, with one tag."""
    folder.mkdir()
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *SHIPPED]
    for path in subprocess.check_output(listed, cwd=ROOT, text=True).rstrip("\0").split("\0"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((ROOT / path).read_bytes())
    commit(folder)
    git(folder, "tag", "1.0.0")
    git(folder, "gc", "--quiet")
    return folder


def copy(template: Path, folder: Path) -> None:
    """Generate the full service."""
    copier.run_copy(str(template), folder, data=EVERYTHING, defaults=True, quiet=True)


def preview(service: Path) -> None:
    """Preview an update as `make update-preview` does."""
    # It fails, since changes of deleted files do not arrive.
    with suppress(Unfinished), redirect_stdout(StringIO()):
        Updater(Repository(service)).preview(to=None)


def update(service: Path) -> None:
    """Update a service by Copier itself."""
    copier.run_update(service, defaults=True, overwrite=True, quiet=True, context_lines=1000)


def commit(folder: Path) -> None:
    """Make a repository of a folder, with everything in one commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True)


def seconds(run: Callable[[], None]) -> float:
    """Return the duration of a call in seconds."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
