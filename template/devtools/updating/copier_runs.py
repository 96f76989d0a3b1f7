"""Copier, run in an environment of its own, apart from the service's packages."""

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
    """Update a service to a version of its template; conflicts stay in the files and the index.

    Args:
        folder: A service without uncommitted changes.
        answers: Answers to change; the others stay, and new questions get their default.
        to: A version, or `:current:` to change answers only; the newest by default.

    Raises:
        UpdateError: Copier failed.
    """
    given = [f"--data={name}={str(on).lower()}" for name, on in (answers or {}).items()]
    version = [f"--vcs-ref={to}"] if to else []
    try:
        run_copier("update", *UPDATE_OPTIONS, *version, *given, str(folder.resolve()))
    except UpdateError:
        if paths := _find_type_changes(folder, to=to):
            raise UpdateError(
                "The template has a file where you have a folder, or the other way round. "
                f"Rename yours:\n{listed(paths)}"
            ) from None
        raise


def _find_type_changes(folder: Path, *, to: str | None) -> list[str]:
    version = find_newest(folder) if to is None else to
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "service"
        answers = (folder / ANSWERS_FILE).read_text("utf-8")
        render(fresh, answers=answers, version=None if version == CURRENT else version)
        pairs = [(path, folder / path.relative_to(fresh)) for path in sorted(fresh.rglob("*"))]
        differing = [mine for its, mine in pairs if mine.exists() and its.is_dir() != mine.is_dir()]
        return [path.relative_to(folder).as_posix() for path in differing]


def render(folder: Path, *, answers: str, version: str | None = None) -> None:
    """Render the template into a new folder.

    Args:
        folder: The folder to create.
        answers: The text of the answers file, which has the version too.
        version: Another version than that one.

    Raises:
        UpdateError: Copier failed.
    """
    folder.mkdir(parents=True)
    (folder / ANSWERS_FILE).write_text(answers, "utf-8")
    version = version or read_answers(answers)["_commit"]
    options = ["--defaults", "--skip-answered", "--overwrite", f"--vcs-ref={version}"]
    run_copier("recopy", *options, str(folder.resolve()))


def rerender(folder: Path, *, answers: str) -> None:
    """Change the answers of a rendered folder by an update, which excludes files copied once.

    Args:
        folder: A folder that `render` created.
        answers: The text of the new answers file.

    Raises:
        UpdateError: Copier failed.
    """
    rendered = Repository(folder)
    rendered.git("init", "--quiet")
    rendered.git("add", "--all", "--force")
    author = {f"GIT_{role}_{field}": "update" for role in ROLES for field in ("NAME", "EMAIL")}
    rendered.git("commit", "--quiet", "--no-gpg-sign", "--message=Rendered", **author)
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as data:
        data.write(answers)
        data.flush()
        version = read_answers(answers)["_commit"]
        options = [*UPDATE_OPTIONS, f"--vcs-ref={version}", f"--data-file={data.name}"]
        run_copier("update", *options, str(folder.resolve()))


def find_newest(folder: Path) -> str | None:
    """Return the template's newest version, unless the service has it.

    Raises:
        UpdateError: Copier failed.
    """
    found = json.loads(run_copier("check-update", "--output-format=json", str(folder.resolve())))
    return str(found["latest_version"]) if found["update_available"] else None


def find_uv() -> str:
    """Return the uv that started this program, the one on the PATH, or the one of make."""
    return os.environ.get("UV") or shutil.which("uv") or str(SERVICE_ROOT / ".tools/bin/uv")


def run_copier(*arguments: str) -> str:
    """Run Copier and return its output.

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
