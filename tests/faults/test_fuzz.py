"""Random services, settings and kills: an update loses nothing, and always comes to an end."""

import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from plumbline.errors import PlumblineError, Unfinished
from plumbline.updating.git import Repository
from plumbline.updating.planning import plan_path, read_plan
from tests.faults.conftest import Small, run_program
from tests.faults.killing import STAGES
from tests.faults.small_template import LINES, MIGRATION, NEW, tag, write
from tests.faults.test_git_settings import ATTRIBUTES, SETTINGS
from tests.history import git

EXAMPLES = int(os.environ.get("PLUMBLINE_FUZZ_EXAMPLES", "12"))
PATHS = (
    ".claude/agents.md",
    ".env.example",
    "AGENTS.md",
    "README.md",
    "app/core.py",
    "app/modules.py",
    "app/old.py",
    "devtools/run.sh",
    "migrations/versions/core/c1.py",
    "project.mk",
)
THIRD = "3.0"
NEW_PATHS = (
    ".claude/helpers/new.md",
    ".claude/helpers",
    "app/new.py",
    "app/new.py/below.py",
    "app/own/ü ö.py",
    "app/integrations/search/module.py",
    "migrations/versions/core/c2.py",
    "app/new.py.from-template",
)


class Chaos:
    """Random edits of a service, from a seed."""

    def __init__(self, service: Small, seed: int) -> None:
        self.service = service
        self.random = random.Random(seed)  # noqa: S311 (not for security)
        self.number = 0

    def line(self) -> str:
        self.number += 1
        return f"mine_{self.number} = {self.number}{self.random.choice(['', '  ', 'ü'])}\n"

    def edit(self) -> None:
        path = self.service.folder / self.random.choice(PATHS)
        if not path.is_file() or path.is_symlink():
            return
        lines = path.read_bytes().decode().splitlines(keepends=True)
        for _ in range(self.random.randint(1, 4)):
            place = self.random.randint(0, len(lines))
            change = self.random.choice(["insert", "replace", "delete"])
            if change == "insert":
                lines.insert(place, self.line())
            elif place < len(lines):
                lines[place : place + 1] = [self.line()] if change == "replace" else []
        path.write_bytes("".join(lines).encode())

    def add(self) -> None:
        path = self.service.folder / self.random.choice(NEW_PATHS)
        if not any(parent.is_file() for parent in path.parents) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.line() * self.random.randint(0, 2), "utf-8")

    def remove(self) -> None:
        path = self.service.folder / self.random.choice(PATHS)
        if path.is_file() and not path.name.startswith(".copier"):
            path.unlink()

    def move(self) -> None:
        path = self.service.folder / self.random.choice(PATHS)
        if path.is_file():
            path.rename(path.with_name(f"moved_{path.name}"))

    def link(self) -> None:
        path = self.service.folder / self.random.choice((*PATHS, *NEW_PATHS))
        if path.is_file():
            path.unlink()
        if path.parent.is_dir() and not os.path.lexists(path):
            path.symlink_to(self.random.choice(["core.py", "nowhere", ".."]))

    def mode(self) -> None:
        path = self.service.folder / self.random.choice(PATHS)
        if path.is_file() and not path.is_symlink():
            path.chmod(self.random.choice([0o644, 0o755]))

    def crlf(self) -> None:
        path = self.service.folder / self.random.choice(PATHS)
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\r", b"").replace(b"\n", b"\r\n"))

    def mixed_endings(self) -> None:
        path = self.service.folder / self.random.choice(PATHS)
        if path.is_file():
            lines = path.read_bytes().replace(b"\r", b"").splitlines()
            ends = [self.random.choice([b"\r\n"] * 5 + [b"\n"]) for _ in lines]
            path.write_bytes(b"".join(map(bytes.__add__, lines, ends)))

    def comment_in_answers(self) -> None:
        path = self.service.folder / ".copier-answers.yml"
        path.write_text(f"# {self.line()}" + path.read_text())

    def attributes(self) -> None:
        self.service.write(".gitattributes", self.random.choice(ATTRIBUTES) + "\n")

    def migration(self) -> None:
        self.number += 1
        revision, after = f"mine{self.number}", self.random.choice([None, "'c1'"])
        path = f"migrations/versions/{self.random.choice(['core', 'own'])}/{revision}.py"
        self.service.write(path, MIGRATION.format(revision=revision, after=after))

    def setting(self) -> None:
        name = self.random.choice([name for name in SETTINGS if name != "core.safecrlf"])
        self.service.git("config", name, SETTINGS[name])

    def ignored(self) -> None:
        ignored = self.random.choice(NEW_PATHS)
        self.service.write(".gitignore", f".data\n.env\n{ignored}\n")

    def put_aside(self) -> None:
        """Put something that git ignores, or does not know, at any path."""
        path = self.service.folder / self.random.choice((*NEW_PATHS, ".claude", "app/new.cache"))
        if path.exists() or path.is_symlink() or not path.parent.is_dir():
            return
        match self.random.choice(["file", "folder", "link", "repository"]):
            case "file":
                path.write_text(self.line(), "utf-8")
            case "folder":
                path.mkdir()
                (path / "mine").write_text(self.line(), "utf-8")
            case "link":
                path.symlink_to(self.service.folder.parent)
            case _:
                git(path.parent, "init", "--quiet", path.name)

    def everything(self) -> None:
        acts: list[Callable[[], None]] = [
            *[self.edit] * 6,
            *[self.add] * 3,
            *(self.remove, self.move, self.link, self.mode, self.crlf, self.attributes),
            *(self.migration, self.setting, self.ignored, self.mixed_endings),
            self.comment_in_answers,
        ]
        for _ in range(self.random.randint(1, 10)):
            self.random.choice(acts)()
        self.service.commit()


@pytest.fixture(scope="session")
def template_with_three(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small template with a third release; do not change it."""
    folder = Path(shutil.copytree(small, tmp_path_factory.mktemp("three") / "template"))
    template = folder / "template"
    lines = [line.replace("= 1", "= 10") for line in LINES]
    write(template, "app/core.py", "".join(lines))
    write(template, "app/new.py", "NEW = 2\n")
    write(template, "AGENTS.md", "Read this.\n\nAnd that.\n")
    (template / ".claude/agents.md").unlink()
    (template / "project.mk").unlink()
    (template / "devtools/run.sh").chmod(0o644)
    tag(folder, THIRD)
    return folder


def lines_of(service: Small, commit: str) -> dict[str, Counter[bytes]]:
    """Return the lines of each regular file of a commit."""
    repository = Repository(service.folder)
    files = repository.files(repository.tree(commit))
    regular = {path: entry.id for path, entry in files.items() if entry.mode.startswith("100")}
    contents = repository.contents(regular.values())
    return {path: Counter(contents[name].splitlines()) for path, name in regular.items()}


def finished(service: Small, to: str) -> set[str]:
    """Update; return the paths that stopped it."""
    try:
        service.updater().update(to=to)
    except Unfinished as error:
        return {line.strip() for line in str(error).splitlines() if line.startswith("  ")}
    return set()


@pytest.fixture
def chaos(make: Callable[..., Small], seed: int, small: Path, template_with_three: Path) -> Chaos:
    """A random service of the first release."""
    service = make(search=bool(seed % 2))
    answers = service.read(".copier-answers.yml")
    service.write(".copier-answers.yml", answers.replace(str(small), str(template_with_three)))
    service.commit("Move the template")
    service.write("../outside", "not touched\n")
    return Chaos(service, seed)


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_no_line_is_lost_and_a_kill_changes_nothing(
    chaos: Chaos, seed: int, tmp_path: Path
) -> None:
    service = chaos.service
    for version in (NEW, THIRD):
        rendered = lines_of(service, "HEAD")
        chaos.everything()
        own = lines_of(service, "HEAD")
        if chaos.random.random() < 1 / 3:
            chaos.put_aside()
        killed = Small(Path(shutil.copytree(service.folder, tmp_path / version, symlinks=True)))
        before = service.state()
        try:
            stopped = finished(service, version)
        except PlumblineError:
            assert service.state() == before
            with pytest.raises(PlumblineError):
                killed.update()
            return
        require_every_line(service, own, rendered, stopped)
        require_nothing_aside_lost(before, service.state(), own)
        assert service.read("../outside") == "not touched\n"

        stage = chaos.random.choice(list(STAGES.values()))
        died = run_program(killed, f"updater.update(to={version!r})", patch=stage)
        assert died.returncode in {-signal.SIGKILL, 0, 1}, died.stderr  # Some have no such stage.
        if died.returncode < 0 and chaos.random.random() < 1 / 3:
            require_what_appears_stays(Chaos(killed, seed), version)
            settle(service)
            continue
        assert finished(killed, version) == stopped or died.returncode == 0
        assert killed.state() == service.state()
        settle(service)


def require_what_appears_stays(chaos: Chaos, version: str) -> None:
    """Put something in the way of a killed update; fail unless it stays when that is resumed."""
    before = chaos.service.state()
    chaos.put_aside()
    added = {path: look for path, look in chaos.service.state().items() if path not in before}
    with suppress(PlumblineError):
        chaos.service.updater().update(to=version)
    after = chaos.service.state()
    assert added == {path: after.get(path) for path in added}


def settle(service: Small) -> None:
    """End an update as a user who takes the template's side, and commit."""
    for path in service.git("diff", "-z", "--name-only", "--diff-filter=U").split("\0"):
        if path:
            service.git("checkout", "--theirs", "--", path)
            service.git("add", "--force", "--", path)
    with suppress(PlumblineError):  # It is finished already.
        service.finish("all")
    assert not plan_path(Repository(service.folder)).exists()
    service.commit("Update")


def require_nothing_aside_lost(
    before: dict[str, object], after: dict[str, object], committed: dict[str, Counter[bytes]]
) -> None:
    """Fail unless everything that git did not know is as it was."""
    for path in before.keys() - committed.keys():
        if not str(before[path]).startswith("link to "):
            assert after.get(path) == before[path], path


def require_every_line(
    service: Small,
    own: dict[str, Counter[bytes]],
    rendered: dict[str, Counter[bytes]],
    stopped: set[str],
) -> None:
    """Fail unless each line of the user's is in its file, or the file is among those named."""
    plan = read_plan(Repository(service.folder))
    named = stopped | set(plan.accepted if plan else ())
    for path, lines in own.items():
        file = service.folder / path
        if path not in rendered:
            assert Counter(file.read_bytes().splitlines()) == lines, path
        if path in named or path == ".copier-answers.yml":
            continue
        left = lines - rendered.get(path, Counter())
        found = Counter(file.read_bytes().splitlines()) if file.is_file() else Counter[bytes]()
        strip = [line.rstrip(b"\r") for line in (left - found).elements()]
        assert not [line for line in strip if line.strip() and line not in {*found}], path


def test_the_chaos_edits_services(service: Small) -> None:
    Chaos(service, 1).everything()
    assert service.git("diff", "--name-only", "HEAD~", "HEAD")
