"""Checks before an update. Each failure explains the next step, and changes nothing."""

import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

from devtools.updating.answers import ANSWERS_FILE, entry_of, is_local, read_answers
from devtools.updating.copier_runs import CURRENT, render
from devtools.updating.errors import UpdateError, listed
from devtools.updating.git import Repository, environment
from devtools.updating.release_notes import template_address

_MARKERS = ("^<<<<<<< ", "^>>>>>>> ")


def check_repository(repository: Repository) -> None:
    """Refuse a service that is not committed to git.

    Raises:
        UpdateError: The message has the next step.
    """
    if not repository.succeeds("rev-parse", "--is-inside-work-tree"):
        raise UpdateError("This folder is not in git. Run `git init`, and commit everything.")
    if not repository.succeeds("cat-file", "-e", f"HEAD:./{ANSWERS_FILE}"):
        raise UpdateError(f"{ANSWERS_FILE} is not committed. Commit the whole service first.")


def check_tree(repository: Repository) -> None:
    """Refuse a service with uncommitted changes or unresolved conflicts.

    Raises:
        UpdateError: The message has the next step.
    """
    if left := unfinished(repository):
        raise UpdateError(f"Resolve and `git add` these, or abort the merge:\n{listed(left)}")
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", ".")
    if dirty := [entry[3:] for entry in repository.names("status", *options)]:
        raise UpdateError(f"Commit or stash these first:\n{listed(dirty)}")
    if marked := find_markers(repository):
        raise UpdateError(
            f"Conflict markers are committed in these. Resolve them and commit:\n{listed(marked)}\n"
            "If they belong there, add to .gitattributes: PATH conflict-marker-size=32"
        )


def unfinished(repository: Repository) -> list[str]:
    """Return the files that are in conflict in git's index."""
    return repository.names("diff", "--name-only", "--relative", "--diff-filter=U", "-z")


def find_markers(repository: Repository) -> list[str]:
    """Return the tracked files with conflict markers, without those that an attribute allows."""
    patterns = [part for marker in _MARKERS for part in ("-e", marker)]
    try:
        found = repository.names("grep", "-z", "-I", "-l", "--all-match", *patterns)
    except UpdateError:  # git fails if it finds none.
        return []
    attribute = "conflict-marker-size"
    return [
        path
        for path in found
        if repository.names("check-attr", "-z", attribute, "--", path)[2] == "unspecified"
    ]


def read_origin(repository: Repository) -> dict[str, str]:
    """Return the answers, with the template's address and version.

    Raises:
        UpdateError: The address or the version is missing.
    """
    answers = read_answers((repository.folder / ANSWERS_FILE).read_text("utf-8", "replace"))
    source = answers.get("_src_path", "")
    if not answers.get("_commit"):
        raise UpdateError(
            f"{ANSWERS_FILE} has no version in `_commit`: the service was generated from a folder "
            "without releases. Generate one from a release beside it, and copy its line."
        )
    if not (":" in source or Path(source).expanduser().is_absolute()):
        raise UpdateError(
            f"`_src_path: {source}` in {ANSWERS_FILE} is a relative path. "
            "Replace it by the template's address, or its absolute path, and commit."
        )
    return answers


def advise_on_address(repository: Repository, source: str) -> str | None:
    """Return what to do about an address that only this machine has; nothing for any other.

    Args:
        repository: The service.
        source: The template's address, as Copier has it.
    """
    if not is_local(source):
        return None
    clone = Repository(repository.folder / Path(source.removeprefix("file://")).expanduser())
    shared = "gh:OWNER/REPOSITORY"
    if clone.folder.is_dir() and clone.succeeds("remote", "get-url", "origin"):
        remote = clone.git("remote", "get-url", "origin").strip()
        shared = shared if is_local(remote) else remote
    return (
        f"Only this machine has the template at {source}: a colleague and CI cannot update the "
        f"service from there. Replace the line `_src_path: …` in {ANSWERS_FILE} and commit:\n"
        f"  _src_path: {shared}"
    )


def check_template(repository: Repository, answers: dict[str, str], *, to: str | None) -> None:
    """Refuse an unreachable template, and a version that it does not have.

    Raises:
        UpdateError: The message has the next step.
    """
    source = template_address(answers["_src_path"])
    done = subprocess.run(
        ["git", "ls-remote", "--tags", "--refs", "--sort=-version:refname", source],
        cwd=repository.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["git gave no reason"])[0]
        raise UpdateError(
            f"The template at {source} cannot be reached: {reason}\n"
            f"Nothing was changed. Check the network, and `_src_path` in {ANSWERS_FILE}."
        )
    tags = [line.rpartition("refs/tags/")[2] for line in done.stdout.splitlines()]
    if to and to not in {*tags, CURRENT}:
        newest = ", ".join(tags[:5]) or "none"
        raise UpdateError(f"The template has no version {to}. Its newest: {newest}.")


def check_answers(repository: Repository) -> None:
    """Refuse an answer that was edited by hand: an update would not apply it to the files.

    Raises:
        UpdateError: The message has the next step.
    """
    text = repository.content(f"HEAD:./{ANSWERS_FILE}").decode("utf-8", "replace")
    for name, earlier in _changed_alone(repository, text).items():
        if not _is_applied(repository, text, text.replace(entry_of(text, name), earlier)):
            now = read_answers(text)[name]
            switch = {"true": f"`make switch on={name}`", "false": f"`make switch off={name}`"}
            then = f", and run {switch[now]}" if now in switch else ""
            raise UpdateError(
                f"`{name}: {now}` in {ANSWERS_FILE} was edited by hand, and "
                f"the files do not match it. Restore `{earlier}`, commit{then}."
            )


def _changed_alone(repository: Repository, text: str) -> dict[str, str]:
    """Return the earlier entries of answers that a commit changed without the version."""
    commits = repository.git("log", "--format=%H", "--", ANSWERS_FILE).split()
    contents = [repository.content(f"{commit}:./{ANSWERS_FILE}") for commit in commits]
    texts = [content.decode("utf-8", "replace") for content in contents]
    found: dict[str, str] = {}
    for newer, older in pairwise(texts):
        new, old = read_answers(newer), read_answers(older)
        if new.get("_commit") != old.get("_commit"):
            continue
        for name in new.keys() & old.keys():
            stands = new[name] != old[name] and entry_of(newer, name) == entry_of(text, name)
            if stands and not name.startswith("_"):
                found.setdefault(name, entry_of(older, name))
    return found


def _is_applied(repository: Repository, text: str, earlier: str) -> bool:
    """Return whether the files match the present answers rather than the earlier ones."""
    with tempfile.TemporaryDirectory() as scratch:
        trees: list[dict[str, str]] = []
        for name, answers in (("now", text), ("earlier", earlier)):
            render(Path(scratch) / name, answers=answers)
            trees.append(repository.files(repository.store(Path(scratch) / name)))
    now, then = trees
    real = repository.files(repository.tree("HEAD"))
    if came_or_went := now.keys() ^ then.keys():
        return any((path in real) == (path in now) for path in came_or_went)
    differing = [path for path in now if now[path] != then[path] and path != ANSWERS_FILE]
    return not differing or any(real.get(path) != then[path] for path in differing)
