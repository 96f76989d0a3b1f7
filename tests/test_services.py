"""Every service that the answers can produce passes its own checks and starts.

Each is generated in a path with a space. Its packages are those that its pyproject.toml declares,
so a package that is used but not declared is missing. The services of `ALL_PAIRS` also pass all of
their own tests; `make test-full` runs those of every service.
"""

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from _pytest.mark import ParameterSet
from packaging.utils import canonicalize_name

from scripts.commands import CommandFailed
from scripts.rendering import ROOT, service_environment
from tests.services import Service, make_service
from tests.toggles import ALL_PAIRS, EVERY_STATE, Answers, name_of

IN_PRODUCTION = {
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "DATABASE_CONNECT_SECONDS": "0.1",
    "SECRET_KEY": secrets.token_hex(),
    "ALLOWED_HOSTS": "localhost",
    "ACCOUNT_MAIL": "off",
    "MAIL_FROM": "hello@example.com",
    "REDIS_URL": "redis://127.0.0.1:1",
    "BLOB_API_URL": "https://127.0.0.1:1",
    "PADDLE_API_URL": "https://127.0.0.1:1",
    "RESEND_API_KEY": f"re_{secrets.token_hex()}",
    "RESEND_WEBHOOK_SECRET": f"whsec_{b64encode(secrets.token_bytes(24)).decode()}",
    "PADDLE_API_KEY": f"pdl_{secrets.token_hex()}",
    "PADDLE_PLANS": "pro=pri_1",
    "PADDLE_WEBHOOK_SECRET": f"pdl_ntfset_{secrets.token_hex()}",
    "BLOB_READ_WRITE_TOKEN": f"vercel_blob_rw_store1_{secrets.token_hex()}",
}
ARGUMENTS = {
    "app.commands.dead_letters": "list",
    "app.commands.make_admin": "ada@example.com",
    "app.features.market_data.load.__main__": "prices.csv",
}
# Each in a copy of one process, which has imported everything already.
START_ALL = """
import os, runpy, signal, sys, warnings
import app.main
app.main.create_app()
warnings.simplefilter("ignore", RuntimeWarning)
for command in sys.argv[1:]:
    print("---", command, flush=True)
    if os.fork() == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.alarm(3 if "worker" in command else 60)  # It would run until it is stopped.
        sys.argv = command.split()
        runpy.run_module(sys.argv[0], run_name="__main__")
    os.wait()
"""
VALIDATE = """
import json, sys
from openapi_spec_validator import OpenAPIV31SpecValidator
OpenAPIV31SpecValidator(json.load(open(sys.argv[1]))).validate()
"""
SERVICE_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"  # uv finds this one as well.
OTHER_PYTHON = "3.11" if SERVICE_PYTHON != "3.11" else "3.13"


def states(quick: Iterable[Answers]) -> list[ParameterSet]:
    """Return every state as a parameter; all tests of a state run in one process.

    Args:
        quick: The states that `make test` tests; the others are left to `make test-full`.
    """
    chosen = list(quick)
    return [
        pytest.param(
            answers,
            id=name_of(answers),
            marks=[
                pytest.mark.xdist_group(name_of(answers)),
                *([] if answers in chosen else [pytest.mark.full]),
            ],
        )
        for answers in EVERY_STATE
    ]


# The example uses no toggle: with it, the pairs are enough each time.
WITHOUT_EXAMPLE = tuple(answers for answers in EVERY_STATE if answers["example"] == "none")
in_every_state = pytest.mark.parametrize(
    "service", states((*WITHOUT_EXAMPLE, *ALL_PAIRS)), indirect=True
)
in_all_pairs = pytest.mark.parametrize("service", states(ALL_PAIRS), indirect=True)


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest, template: Path, services_folder: Path) -> Service:
    folder = services_folder / f"my {name_of(request.param)}"
    made = make_service(folder, template, **request.param).sharing_packages()
    made.run("make setup")
    return made


@in_every_state
def test_it_passes_its_checks(service: Service) -> None:
    service.run("make check")


@in_every_state
def test_it_keeps_its_own_conventions(service: Service) -> None:
    service.run("make review")


@in_every_state
def test_it_starts_with_a_valid_openapi_document(service: Service) -> None:
    document = service.folder / ".data/openapi.json"
    with service.serving("make dev") as served:  # It waits for /health/ready.
        text = urllib.request.urlopen(f"{served.address}/openapi.json").read()
    document.write_bytes(text)
    service.run(f"uv run --no-sync python -c {shlex.quote(VALIDATE)} {shlex.quote(str(document))}")


@in_every_state
def test_the_reserved_names_include_every_installed_package(service: Service) -> None:
    reserved = yaml.safe_load((ROOT / "questions/reserved-names.yml").read_text("utf-8"))
    names = set(reserved["reserved_names"]["default"].split())
    environment = shlex.quote(service.environment["UV_PROJECT_ENVIRONMENT"])
    listed = json.loads(service.run(f"uv pip list --python {environment} --format json --quiet"))
    assert {canonicalize_name(package["name"]) for package in listed} - names == set()


@in_every_state
def test_it_and_its_commands_run_with_the_packages_that_production_installs(
    service: Service,
) -> None:
    folder = service.folder / ".data/production"
    shutil.copytree(service.folder / "app", folder / "app")
    shutil.copy(service.folder / "pyproject.toml", folder)
    production = Service(folder).sharing_packages("production")
    production.run("uv sync --quiet --no-default-groups --group platform")
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in IN_PRODUCTION.items())
    programs = (path for path in (folder / "app").rglob("*.py") if "__main__" in path.read_text())
    names = {".".join(path.relative_to(folder).with_suffix("").parts) for path in programs}
    commands = [f"{name} {ARGUMENTS.get(name, '')}" for name in sorted(names - {"app.main"})]
    assert len(commands) >= 4
    (folder / "start.py").write_text(START_ALL)
    arguments = " ".join(map(shlex.quote, commands))
    output = production.run(f"{settings} uv run --no-sync python start.py {arguments} 2>&1")
    started = output.split("--- ")[1:]
    assert [part.splitlines()[0] for part in started] == commands
    for part in started:  # They stop at the first service that they need.
        assert re.search("Unavailable|UpstreamFailed|file not found|a password is needed", part), (
            part
        )
        assert "Traceback" not in part, part


@in_every_state
def test_production_without_settings_is_refused_and_names_them(service: Service) -> None:
    with pytest.raises(CommandFailed) as refusal:
        service.run("uv run --no-sync python -c 'import app.main; app.main.create_app()'")
    for name in ("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
        assert f"{name}: missing" in str(refusal.value)


@in_all_pairs
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


@in_all_pairs
def test_it_passes_all_of_its_own_tests(service: Service) -> None:
    service.run("make test-all")


@pytest.mark.parametrize(
    "version",
    [
        pytest.param(
            version,
            marks=[
                pytest.mark.xdist_group(version),
                *([] if version == OTHER_PYTHON else [pytest.mark.full]),
            ],
        )
        for version in ("3.11", "3.12", "3.13")
    ],
)
def test_a_service_passes_its_tests_on_each_python(
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
    """Return an installed interpreter, those of pyenv included; skip if there is none."""
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
