"""Measure `copier copy` and `copier update` of the full service: part of `make bench`.

Both are measured in turns in one process, without Python's own start. The update brings nothing
new, which is no quicker: Copier renders the service three times even if nothing changed.
"""

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import copier

from scripts.archives import ROOT, SHIPPED
from scripts.commands import temporary_folder

EVERYTHING = dict.fromkeys(("redis", "resend", "paddle", "blob"), True)
IDENTITY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
ROUNDS = 3


def main() -> None:
    """Print one line for the copy and one for the update."""
    with temporary_folder() as scratch:
        template = released_template(scratch / "template")
        service = scratch / "service"
        copy(template, service)
        commit(service)
        files = sum(path.is_file() for path in service.rglob("*") if ".git" not in path.parts)
        pairs = [
            (
                seconds(lambda: update(service)),
                seconds(lambda number=number: copy(template, scratch / f"copy{number}")),
            )
            for number in range(ROUNDS)
        ]
    updates, copies = zip(*pairs, strict=True)
    ratio = statistics.median(updated / copied for updated, copied in pairs)
    print(f"{'copier copy, everything on':34}{min(copies):8.2f}{'':9}   s, {files} files")
    print(f"{'copier update, everything on':34}{min(updates):8.2f}{'≤ 4':>9}   s")
    print(f"{'copier update / copy':34}{ratio:8.2f}", flush=True)


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


def update(service: Path) -> None:
    """Update it as `make update` does."""
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
