"""Every service that the answers can make holds to its own rules.

Each is made in a path with a space, with an environment made from its pyproject.toml alone, so that
a package nobody declared is missed here.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from _pytest.mark import ParameterSet
from packaging.utils import canonicalize_name

from scripts.commands import CommandFailed
from scripts.rendering import ROOT, service_environment
from tests.services import Service, make_service
from tests.toggles import EVERYTHING_ON, NOTHING_ON, TOGGLES, every_switching

Answers = dict[str, object]

# The answers that change Python; the others change names and versions only. The example uses no
# toggle, so it is combined with none of them and with all.
COMBINATIONS: list[Answers] = [
    *({"example": "none", **switched} for switched in every_switching()),
    *({"example": "market_data", **switched} for switched in (NOTHING_ON, EVERYTHING_ON)),
]
IN_PRODUCTION = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "SECRET_KEY": "x" * 32,
    "ALLOWED_HOSTS": "localhost",
    "ACCOUNT_MAIL": "off",
    "MAIL_FROM": "hello@example.com",
    "REDIS_URL": "redis://127.0.0.1:1",
    "RESEND_API_KEY": "re_1",
    "RESEND_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "PADDLE_API_KEY": "pdl_1",
    "PADDLE_PLANS": "pro=pri_1",
    "PADDLE_WEBHOOK_SECRET": "pdl_ntfset_1",
    "BLOB_READ_WRITE_TOKEN": "vercel_blob_rw_store1_secret",
}
PYTHONS = [
    pytest.param(version, marks=pytest.mark.xdist_group(version))
    for version in ("3.11", "3.12", "3.13")
]


def name_of(answers: Answers) -> str:
    """Return a folder's name that says what is on; also what keeps its tests in one process."""
    return " ".join([str(answers["example"]), *(name for name in TOGGLES if answers[name])])


def grouped(combinations: Iterable[Answers]) -> list[ParameterSet]:
    return [
        pytest.param(answers, id=name_of(answers), marks=pytest.mark.xdist_group(name_of(answers)))
        for answers in combinations
    ]


@pytest.fixture(scope="session", params=grouped(COMBINATIONS))
def service(request: pytest.FixtureRequest, template: Path, services_folder: Path) -> Service:
    made = make_service(services_folder / f"my {name_of(request.param)}", template, **request.param)
    made.run("make setup")
    return made


def test_style_is_clean(service: Service) -> None:
    service.run("uv run --no-sync ruff check .")
    service.run("uv run --no-sync ruff format --check .")


def test_types_are_strict_and_right(service: Service) -> None:
    service.run("uv run --no-sync pyrefly check")


def test_imports_keep_the_contracts(service: Service) -> None:
    service.run("uv run --no-sync lint-imports")


def test_it_keeps_its_own_conventions(service: Service) -> None:
    service.run("make review")


def test_an_import_against_the_contracts_is_found(service: Service) -> None:
    wrong = service.folder / "app/core/wrong.py"
    wrong.write_text("import app.features\nimport devtools\n", "utf-8")
    try:
        with pytest.raises(
            CommandFailed, match=r"app\.core is not allowed to import app\.features"
        ):
            service.run("uv run --no-sync lint-imports")
    finally:
        wrong.unlink()


def test_the_reserved_names_hold_every_package_that_it_installs(service: Service) -> None:
    reserved = yaml.safe_load((ROOT / "questions/reserved-names.yml").read_text("utf-8"))
    names = set(reserved["reserved_names"]["default"].split())
    listed = json.loads(service.run("uv pip list --format json --quiet"))
    assert {canonicalize_name(package["name"]) for package in listed} - names == set()


def test_the_service_runs_on_what_production_installs(service: Service) -> None:
    folder = service.folder / ".data/production"
    shutil.copytree(service.folder / "app", folder / "app")
    shutil.copy(service.folder / "pyproject.toml", folder)
    production = Service(folder)
    production.run("uv sync --quiet --no-default-groups --group platform")
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in IN_PRODUCTION.items())
    production.run(f"{settings} .venv/bin/python -c 'import app.main; app.main.create_app()'")


def test_production_without_settings_refuses_and_names_them(service: Service) -> None:
    with pytest.raises(CommandFailed) as refusal:
        service.run("uv run --no-sync python -c 'import app.main; app.main.create_app()'")
    for name in ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
        assert f"{name}: missing" in str(refusal.value)
    missing = re.findall(r"^  - ([A-Z_]+)", str(refusal.value), re.MULTILINE)
    compose = yaml.safe_load((service.folder / "compose.yaml").read_text("utf-8"))
    assert set(missing) - set(compose["services"]["api"]["environment"]) == set()


def test_its_migrations_are_safe_on_a_live_table(service: Service) -> None:
    service.run("uv run --no-sync python -m devtools.lint_migrations")


def test_it_passes_its_own_tests(service: Service) -> None:
    service.run("make test-all")


@pytest.mark.parametrize("version", PYTHONS)
def test_one_service_passes_its_tests_on_each_python(
    template: Path, services_folder: Path, version: str
) -> None:
    interpreter = find_python(version)
    made = make_service(services_folder / f"on Python {version}", template)
    made = Service(made.folder, {**made.environment, "UV_PYTHON": interpreter})
    made.run("make setup")
    running = made.run("uv run --no-sync python --version")
    assert re.fullmatch(rf"Python {re.escape(version)}\.\d+\n", running)
    made.run("make test-all")


def find_python(version: str) -> str:
    """Return an installed interpreter, those of pyenv included; skip where there is none."""
    environment = service_environment()
    if shutil.which("pyenv"):
        versions = subprocess.check_output(["pyenv", "versions", "--bare"], text=True).split()
        environment["PYENV_VERSION"] = ":".join(versions)
    found = subprocess.run(
        ["uv", "python", "find", version, "--no-python-downloads"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        message = f"Python {version} is not installed here"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return found.stdout.strip()
