"""Why an update is refused before anything is touched, each with what to do about it."""

import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

from devtools.updating.answers import ANSWERS_FILE, entry_of, read_answers
from devtools.updating.copier_runs import CURRENT, render
from devtools.updating.errors import UpdateError, listed
from devtools.updating.git import Repository, environment
from devtools.updating.news import template_address

_MARKERS = ("^<<<<<<< ", "^>>>>>>> ")


def check_repository(repository: Repository) -> None:
    """Refuse a service that git does not keep.

    Raises:
        UpdateError: With what to do.
    """
    if not repository.succeeds("rev-parse", "--is-inside-work-tree"):
        raise UpdateError("This folder is not in git. Run `git init`, and commit everything.")
    if not repository.succeeds("cat-file", "-e", f"HEAD:./{ANSWERS_FILE}"):
        raise UpdateError(f"{ANSWERS_FILE} is not committed. Commit the whole service first.")


def check_tree(repository: Repository) -> None:
    """Refuse a service of which git does not keep every line already.

    Raises:
        UpdateError: With what to do.
    """
    if left := unfinished(repository):
        raise UpdateError(f"Mend and `git add` these, or abort the merge:\n{listed(left)}")
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", ".")
    if dirty := [entry[3:] for entry in repository.names("status", *options)]:
        raise UpdateError(f"Commit or stash these first:\n{listed(dirty)}")
    if marked := find_markers(repository):
        raise UpdateError(
            f"Conflict markers were committed in these. Mend them and commit:\n{listed(marked)}\n"
            "If they belong there, say so in .gitattributes: PATH conflict-marker-size=32"
        )


def unfinished(repository: Repository) -> list[str]:
    """Return the files that git still counts as in conflict."""
    return repository.names("diff", "--name-only", "--relative", "--diff-filter=U", "-z")


def find_markers(repository: Repository) -> list[str]:
    """Return the tracked files with conflict markers, where no attribute says that these belong."""
    patterns = [part for marker in _MARKERS for part in ("-e", marker)]
    try:
        found = repository.names("grep", "-z", "-I", "-l", "--all-match", *patterns)
    except UpdateError:  # Its way to say that there are none.
        return []
    attribute = "conflict-marker-size"
    return [
        path
        for path in found
        if repository.names("check-attr", "-z", attribute, "--", path)[2] == "unspecified"
    ]


def read_origin(repository: Repository) -> dict[str, str]:
    """Return the answers, the template's address and version among them.

    Raises:
        UpdateError: They cannot be used, or an answer was changed by hand.
    """
    answers = read_answers((repository.folder / ANSWERS_FILE).read_text("utf-8", "replace"))
    source = answers.get("_src_path", "")
    if not answers.get("_commit"):
        raise UpdateError(
            f"{ANSWERS_FILE} names no version in `_commit`: the service came from a folder without "
            "releases. Generate one from a release beside it, and take its line over."
        )
    if not (":" in source or Path(source).expanduser().is_absolute()):
        raise UpdateError(
            f"`_src_path: {source}` in {ANSWERS_FILE} leads nowhere from here. "
            "Write the template's address there, or its absolute path, and commit."
        )
    return answers


def check_template(repository: Repository, answers: dict[str, str], *, to: str | None) -> None:
    """Refuse a template that cannot be reached, and a version that it does not have.

    Raises:
        UpdateError: With what to do.
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
        reason = (done.stderr.strip().splitlines() or ["git did not say why"])[0]
        raise UpdateError(
            f"The template at {source} cannot be reached: {reason}\n"
            f"Nothing was changed. Are you online, and is `_src_path` in {ANSWERS_FILE} right?"
        )
    tags = [line.rpartition("refs/tags/")[2] for line in done.stdout.splitlines()]
    if to and to not in {*tags, CURRENT}:
        newest = ", ".join(tags[:5]) or "none"
        raise UpdateError(f"The template has no version {to}. Its newest: {newest}.")


def check_answers(repository: Repository) -> None:
    """Refuse an answer that was edited by hand: the files never followed it, and never would.

    Raises:
        UpdateError: With what to do.
    """
    text = repository.content(f"HEAD:./{ANSWERS_FILE}").decode("utf-8", "replace")
    for name, earlier in _changed_alone(repository, text).items():
        if not _was_followed(repository, text, text.replace(entry_of(text, name), earlier)):
            now = read_answers(text)[name]
            switch = {"true": f"`make switch on={name}`", "false": f"`make switch off={name}`"}
            then = f", and run {switch[now]}" if now in switch else ""
            raise UpdateError(
                f"`{name}: {now}` in {ANSWERS_FILE} was written by hand; no file followed it, and "
                f"an update would take that for your wish. Put `{earlier}` back, commit{then}."
            )


def _changed_alone(repository: Repository, text: str) -> dict[str, str]:
    """Return answers that a commit changed without the version: the entry before it, by name."""
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


def _was_followed(repository: Repository, text: str, earlier: str) -> bool:
    """Return whether the files are those of the present answers rather than of the earlier ones."""
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
