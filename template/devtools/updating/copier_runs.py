"""Copier, run as a program of its own: the service's packages and its own never meet."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from devtools.updating.answers import ANSWERS_FILE, read_answers
from devtools.updating.errors import UpdateError, listed
from devtools.updating.git import Repository, environment

COPIER = "copier>=9.19,<10"
# With fewer lines of context, an edit can land in the wrong one of several similar blocks.
UPDATE_OPTIONS = ("--defaults", "--skip-answered", "--context-lines=1000")
CURRENT = ":current:"
ROLES = ("AUTHOR", "COMMITTER")
SERVICE_ROOT = Path(__file__).parents[2]


def run_copier_update(
    folder: Path, *, answers: Mapping[str, bool] | None = None, to: str | None = None
) -> None:
    """Bring a service to a version of its template; conflicts stay in its files and in git's index.

    Args:
        folder: A service with nothing uncommitted.
        answers: Answers to give anew; the others stay, and new questions get their default.
        to: A version; `:current:` for the one that it has, to change answers only; the newest
            without.

    Raises:
        UpdateError: Copier refuses.
    """
    given = [f"--data={name}={str(on).lower()}" for name, on in (answers or {}).items()]
    version = [f"--vcs-ref={to}"] if to else []
    try:
        run_copier("update", *UPDATE_OPTIONS, *version, *given, str(folder.resolve()))
    except UpdateError:
        if paths := _find_other_kinds(folder, to=to):
            raise UpdateError(
                "Here the template has a file and you have a folder, or the other way round. "
                f"Rename yours:\n{listed(paths)}"
            ) from None
        raise


def _find_other_kinds(folder: Path, *, to: str | None) -> list[str]:
    version = find_newest(folder) if to is None else to
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "service"
        answers = (folder / ANSWERS_FILE).read_text("utf-8")
        render(fresh, answers=answers, version=None if version == CURRENT else version)
        pairs = [(path, folder / path.relative_to(fresh)) for path in sorted(fresh.rglob("*"))]
        differing = [mine for its, mine in pairs if mine.exists() and its.is_dir() != mine.is_dir()]
        return [path.relative_to(folder).as_posix() for path in differing]


def render(folder: Path, *, answers: str, version: str | None = None) -> None:
    """Render the template into a new folder, as nobody has edited it.

    Args:
        folder: The folder to make.
        answers: The text of the answers file, which names the version too.
        version: Another version.

    Raises:
        UpdateError: Copier refuses.
    """
    folder.mkdir(parents=True)
    (folder / ANSWERS_FILE).write_text(answers, "utf-8")
    version = version or read_answers(answers)["_commit"]
    options = ["--defaults", "--skip-answered", "--overwrite", f"--vcs-ref={version}"]
    run_copier("recopy", *options, str(folder.resolve()))


def render_anew(folder: Path, *, answers: str) -> None:
    """Bring what `render` made to other answers, by an update: it leaves out what is copied once.

    Args:
        folder: What `render` made.
        answers: The text of the new answers file.

    Raises:
        UpdateError: Copier refuses.
    """
    rendered = Repository(folder)
    rendered.git("init", "--quiet")
    rendered.git("add", "--all", "--force")
    author = {f"GIT_{role}_{what}": "update" for role in ROLES for what in ("NAME", "EMAIL")}
    rendered.git("commit", "--quiet", "--no-gpg-sign", "--message=Rendered", **author)
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as data:
        data.write(answers)
        data.flush()
        version = read_answers(answers)["_commit"]
        options = [*UPDATE_OPTIONS, f"--vcs-ref={version}", f"--data-file={data.name}"]
        run_copier("update", *options, str(folder.resolve()))


def find_newest(folder: Path) -> str | None:
    """Return the template's newest version where a service does not have it yet.

    Raises:
        UpdateError: Copier cannot say.
    """
    found = json.loads(run_copier("check-update", "--output-format=json", str(folder.resolve())))
    return str(found["latest_version"]) if found["update_available"] else None


def find_uv() -> str:
    """Return the uv that started us, the one on the PATH, or the one that make installed."""
    return os.environ.get("UV") or shutil.which("uv") or str(SERVICE_ROOT / ".tools/bin/uv")


def run_copier(*arguments: str) -> str:
    """Run Copier and return what it printed.

    Raises:
        UpdateError: It failed; the message is its last line.
    """
    done = subprocess.run(
        [find_uv(), "tool", "run", "--quiet", "--from", COPIER, "copier", *arguments],
        cwd=SERVICE_ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it did not say why"]
        reason = lines[-1].removeprefix("ValueError: ")
        if "Downgrades are not supported" in reason:
            reason += " Give a newer version, or go back to the commit before the last update."
        raise UpdateError(f"Copier refuses: {reason}")
    return done.stdout
