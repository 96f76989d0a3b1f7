"""`devtools/plumbline.py` finds the newest release and runs its program."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import plumbline
from scripts.rendering import service_environment
from tests.history import git
from tests.make_update.program import make
from tests.rewriting import substitute
from tests.updating import make_committed


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("gh:acme/plumbline", "https://github.com/acme/plumbline"),
        ("gl:acme/plumbline.git", "https://gitlab.com/acme/plumbline.git"),
        ("git+https://host/a.git", "https://host/a.git"),
        ("git+ssh://git@host/a", "ssh://git@host/a"),
        ("git@host.example:acme/a.git", "ssh://git@host.example/acme/a.git"),
        ("https://user@host:8443/a", "https://user@host:8443/a"),
        ("file:///srv/a", "file:///srv/a"),
        ("/srv/my template", "file:///srv/my%20template"),
    ],
)
def test_every_address_of_copier_is_one_for_pip(source: str, package: str) -> None:
    assert plumbline.package_address(plumbline.git_address(source)) == package


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("_commit: 0.2.0\n_src_path: gh:a/b\nx: 1\n", "gh:a/b"),
        ("_src_path: '/srv/it''s here'\n", "/srv/it's here"),
        ('_src_path: "/srv/\\u00fc"\n', "/srv/ü"),
        ("_src_path: /srv/a very\n  long path\nx: 1\n", "/srv/a very long path"),
    ],
)
def test_the_address_is_read_from_the_answers(text: str, source: str) -> None:
    assert plumbline.read_source(text) == source


@pytest.mark.parametrize("text", ["", "_src_path: ../template\n", "_src_path:\nx: 1\n"])
def test_no_address_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(plumbline.TemplateUnavailable, match="gh:OWNER/REPOSITORY"):
        plumbline.read_source(text)


def test_the_newest_release_is_the_highest_number() -> None:
    tags = ["0.9.0", "0.10.0", "0.10.0rc1", "v0.2.0", "1.0.0.dev1", "nightly"]
    listing = "".join(f"{'0' * 40}\trefs/tags/{tag}\n" for tag in tags)
    assert plumbline.newest_release(listing) == "0.10.0"
    assert plumbline.newest_release("") is None


def test_make_passes_answers_with_any_characters(tmp_path: Path) -> None:
    write = "import devtools.plumbline as p; print(*p.answers_of_make(), sep='\\n')"
    (tmp_path / "Makefile").write_text(f'all:\n\t@python -c "{write}"\n')
    values = {"python_version": "3.12", "description": 'It\'s "a" = b \\ ü HOME=1 -- PATH=2'}
    arguments = [f"{name}={value}" for name, value in values.items()]
    done = subprocess.run(
        ["make", "--silent", "--keep-going", *arguments],
        cwd=tmp_path,
        env={**service_environment(), "PYTHONPATH": str(Path(plumbline.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.splitlines()) == sorted(arguments)


@pytest.fixture
def service(history_with_program: Path, tmp_path: Path) -> Path:
    """A service in a folder with a space, whose template is in another one."""
    template = Path(shutil.copytree(history_with_program, tmp_path / "my template"))
    return make_committed(tmp_path / "my service", template, "999", example="none")


def test_make_runs_the_program_of_the_newest_release(
    service: Path, environment: dict[str, str]
) -> None:
    status, output = make(service, "update-check", without_program(environment))
    assert "update-due=no" in output
    assert status == 0
    status, output = make(service, "answer", without_program(environment))
    assert status == 2
    assert "make answer description=" in output


def forget_address(service: Path) -> None:
    substitute(service / ".copier-answers.yml", "_src_path: .*", "_src_path: gone")


def lose_template(service: Path) -> None:
    (service.parent / "my template").rename(service.parent / "away")


def remove_releases(service: Path) -> None:
    template = service.parent / "my template"
    git(template, "tag", "--delete", *git(template, "tag").split())


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (forget_address, "gh:OWNER/REPOSITORY"),
        (lose_template, "cannot be reached"),
        (remove_releases, "has no release"),
    ],
)
def test_a_program_that_cannot_be_found_has_a_reason(
    service: Path,
    environment: dict[str, str],
    break_it: Callable[[Path], None],
    reason: str,
) -> None:
    break_it(service)
    status, output = make(service, "update-check", without_program(environment))
    assert status == 2
    assert reason in output
    assert "update-due=unknown" in output
    assert "Traceback" not in output


def without_program(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != "PLUMBLINE_FROM"}
