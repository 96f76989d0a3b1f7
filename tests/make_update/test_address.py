"""An address of the template that only this machine has is reported, with its replacement."""

import shutil
from collections.abc import Callable
from pathlib import Path

import copier
import pytest

from plumbline.updating.answers import is_local
from plumbline.updating.git import Repository
from plumbline.updating.preflight import advise_on_address
from tests.history import git
from tests.make_update.program import run

pytestmark = pytest.mark.xdist_group("make update")  # They share a service and its environment.

LOCAL = (
    "/srv/template",
    "~/template",
    ".",
    "./template",
    "../template",
    "template",
    "templates/plumbline.git",
    "file:///srv/template",
    "git+file:///srv/template",
    "C:\\template",
    "",
)
SHARED = (
    "gh:some/template",
    "gl:some/template.git",
    "https://github.com/some/template.git",
    "git+https://host/template",
    "ssh://git@host/template",
    "git+ssh://host/template",
    "git@github.com:some/template.git",
    "host:some/template.git",
)


@pytest.mark.parametrize("address", [*LOCAL, *SHARED])
def test_a_path_or_a_file_is_local_and_a_host_is_not(address: str) -> None:
    assert is_local(address) == (address in LOCAL)


def test_the_check_reports_a_local_address_with_the_line_that_replaces_it(generated: Path) -> None:
    checked = run(generated, "check")
    assert "update-due=yes\n" in checked.stdout
    assert "Only this machine has the template at /" in checked.stderr
    assert "`_src_path: …` in .copier-answers.yml" in checked.stderr
    assert checked.stderr.endswith("\n  _src_path: gh:OWNER/REPOSITORY\n")


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_the_replacement_is_the_remote_that_the_clone_has(tmp_path: Path, prefix: str) -> None:
    remote = "git@example.com:acme/plumbline.git"
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", remote)
    advice = advise_on_address(Repository(tmp_path), f"{prefix}{tmp_path}")
    assert advice is not None
    assert advice.endswith(f"\n  _src_path: {remote}")
    git(tmp_path, "remote", "set-url", "origin", "/srv/elsewhere")
    advice = advise_on_address(Repository(tmp_path), f"{prefix}{tmp_path}")
    assert advice is not None
    assert advice.endswith("_src_path: gh:OWNER/REPOSITORY")


def test_a_shared_address_needs_no_advice(tmp_path: Path) -> None:
    assert advise_on_address(Repository(tmp_path), "gh:some/template") is None


@pytest.fixture
def generate(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Generates a service from an address, and returns the message at the end."""

    def generate(address: str) -> str:
        # The message depends on the address alone, so the template says which one it came from.
        copy = Path(shutil.copytree(template, tmp_path / "template", dirs_exist_ok=True))
        settings = (template / "copier.yml").read_text("utf-8")
        settings = settings.replace("_copier_answers._src_path", f"{address!r}")
        (copy / "copier.yml").write_text(settings, "utf-8")
        copier.run_copy(str(copy), tmp_path / "service", defaults=True, overwrite=True)
        return capfd.readouterr().err

    return generate


def test_copier_copy_reports_a_local_address(
    template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    copier.run_copy(str(template), tmp_path / "service", defaults=True)
    message = capfd.readouterr().err
    assert f"Only this machine has the template at {template}: " in message
    assert "\n  _src_path: gh:OWNER/REPOSITORY\n" in message


@pytest.mark.parametrize("address", ["file:///srv/template", "../template", *SHARED])
def test_copier_copy_and_the_check_agree_on_an_address(
    generate: Callable[[str], str], address: str
) -> None:
    assert ("Only this machine" in generate(address)) == is_local(address)
