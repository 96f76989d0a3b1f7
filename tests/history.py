"""The template's releases and its working tree, as a git repository that Copier updates from."""

import shutil
import subprocess
from pathlib import Path

from scripts.archives import released_versions, unpack_release
from scripts.rendering import ROOT

PRESENT = "999"  # The tag of the working tree; newer than any release.
PACKAGE = ("LICENSE", "README.md", "plumbline", "pyproject.toml")  # Of the program, for uv.
_GIT = ("git", "-c", "user.name=Test User", "-c", "user.email=user@example.com")


def build_history(folder: Path, present: Path) -> Path:
    """Make a repository with a commit and a tag for each release and for the working tree.

    Args:
        folder: Where to make it; must not exist.
        present: A copy of the working tree's template (the fixture `template`).
    """
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    for version in released_versions():
        empty(folder)
        unpack_release(version, folder)
        tag_all(folder, version)
    empty(folder)
    shutil.copytree(present, folder, dirs_exist_ok=True)
    copy_package(folder)
    tag_all(folder, PRESENT)
    git(folder, "gc", "--quiet")  # Copier clones it for every use; one pack is faster.
    return folder


def copy_package(folder: Path) -> None:
    """Copy the working tree's program, as uv installs it, into a folder."""
    for name in PACKAGE:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder)


def empty(folder: Path) -> None:
    """Remove everything except the git directory."""
    for path in folder.iterdir():
        if path.name == ".git":
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def tag_all(folder: Path, version: str) -> None:
    """Commit everything in the folder and tag it as a version."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", version)
    git(folder, "tag", version)


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return its output."""
    done = subprocess.run(
        [*_GIT, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout
