import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import copier
import pytest

from plumbline.errors import Unfinished
from plumbline.updating.commands import Updater
from plumbline.updating.finishing import finish
from plumbline.updating.git import Repository
from scripts.rendering import ROOT, service_environment
from tests.faults import small_template
from tests.history import git


def unchecked(folder: Path) -> None:
    """Check nothing in a service, in place of its own checks."""


def stopped_by(path: str) -> AbstractContextManager[object]:
    """Expect an update that is written, and stops at a file."""
    return pytest.raises(Unfinished, match=re.escape(path))


@dataclass(frozen=True)
class Small:
    """A service of the small template."""

    folder: Path

    def write(self, path: str, content: str) -> None:
        small_template.write(self.folder, path, content)

    def read(self, path: str) -> str:
        return (self.folder / path).read_text("utf-8")

    def commit(self, message: str = "Mine") -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-q", "--no-gpg-sign", "--allow-empty", "--message", message)

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def updater(self, *accepted: str) -> Updater:
        return Updater(Repository(self.folder), accepted, check=unchecked)

    def update(self, *accepted: str) -> None:
        self.updater(*accepted).update(to=None)

    def finish(self, *accepted: str) -> None:
        finish(self.updater(*accepted))

    @property
    def version(self) -> str:
        return self.read(".copier-answers.yml").split("_commit: ")[1].split("\n")[0].strip("'\"")

    def state(self) -> dict[str, object]:
        """Return the content, the kind and the mode of everything in the working tree."""
        found: dict[str, object] = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if name.startswith((".git/", ".data")) or name == ".git":
                continue
            if path.is_symlink():
                found[name] = f"link to {path.readlink()}"
            elif path.is_file():
                found[name] = (path.read_bytes(), path.stat().st_mode & 0o111)
        return found


DRIVER = """\
import os, signal, sys
from pathlib import Path
from plumbline.errors import PlumblineError
from plumbline.updating import commands, finishing, planning, switching, writing
from plumbline.updating.finishing import finish
from plumbline.updating.git import Repository

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

{patch}
updater = commands.Updater(Repository(Path.cwd()), [], check=lambda folder: None)
try:
    {action}
except PlumblineError as error:
    print(error, file=sys.stderr)
    sys.exit(error.status)
"""


def run_program(
    service: Small, action: str = "updater.update(to=None)", *, patch: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run an action of the updater in a process of its own, with something replaced in it."""
    return subprocess.run(
        [sys.executable, "-c", DRIVER.format(patch=patch, action=action)],
        cwd=service.folder,
        env={**service_environment(), "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the small template; do not change it."""
    return small_template.build(tmp_path_factory.mktemp("small") / "template")


@pytest.fixture(scope="session")
def generated(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Generates a committed service of the first release, once for the same answers."""
    made: dict[str, Path] = {}

    def generate(**answers: object) -> Path:
        key = repr(sorted(answers.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("generated") / "service"
            copier.run_copy(
                str(small),
                folder,
                data=answers,
                defaults=True,
                quiet=True,
                vcs_ref=small_template.OLD,
            )
            git(folder, "init", "--quiet")
            Small(folder).commit("Generated")
            made[key] = folder
        return made[key]

    return generate


@pytest.fixture
def make(generated: Callable[..., Path], tmp_path: Path) -> Callable[..., Small]:
    """Makes a service of the first release."""

    def make(**answers: object) -> Small:
        return Small(
            Path(shutil.copytree(generated(**answers), tmp_path / "service", symlinks=True))
        )

    return make


@pytest.fixture
def service(make: Callable[..., Small]) -> Small:
    return make()


@pytest.fixture
def template(service: Small, small: Path, tmp_path: Path) -> Small:
    """A copy of the template, for more releases; the service's address leads to it."""
    copy = Small(Path(shutil.copytree(small, tmp_path / "template")))
    answers = service.read(".copier-answers.yml")
    service.write(".copier-answers.yml", answers.replace(str(small), str(copy.folder)))
    service.commit("Move the template")
    return copy


@pytest.fixture
def release(template: Small) -> Callable[..., None]:
    """Makes another release of the service's template, from files and their contents."""

    def release(version: str, files: Mapping[str, str | None]) -> None:
        for path, content in files.items():
            if content is None:
                (template.folder / "template" / path).unlink()
            else:
                template.write(f"template/{path}", content)
        small_template.tag(template.folder, version)

    return release


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty file with the user's settings of git."""
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\nname = Test User\nemail = user@example.com\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    os.environ.pop("GIT_DIR", None)
    return settings
