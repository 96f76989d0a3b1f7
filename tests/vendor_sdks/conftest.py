"""Fakes of vendors, run from a generated service, and the vendors' own SDKs, which call them."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from scripts.commands import SECONDS_TO_START, free_port, run
from scripts.rendering import service_environment
from tests.services import Service, make_service
from tests.toggles import EVERYTHING_ON

HERE = Path(__file__).parent
OLDEST_NODE = 20  # Of the SDKs' requirements.
NODE_PACKAGES = ("@paddle/paddle-node-sdk@^3", "@vercel/blob@^2.8", "resend@^6")

Serve = Callable[..., str]


@pytest.fixture(scope="session")
def service(template: Path, services_folder: Path) -> Service:
    """A service with every toggle on."""
    folder = services_folder / "with fakes"
    made = make_service(folder, template, example="none", **EVERYTHING_ON).sharing_packages()
    made.run("make setup")
    return made


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDKs for Node."""
    version = run(["node", "--version"], cwd=HERE, environment=os.environ) if has_node() else "v0"
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"Node {OLDEST_NODE} or newer is not installed")
    folder = tmp_path_factory.mktemp("node")
    (folder / "package.json").write_text('{"private": true, "type": "module"}', "utf-8")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", *NODE_PACKAGES]
    run(install, cwd=folder, environment=os.environ)
    return folder


def has_node() -> bool:
    return all(map(shutil.which, ("node", "npm")))


@pytest.fixture
def serve(service: Service) -> Iterator[Serve]:
    """Start a fake by the function that makes its app and settings, and return its address."""
    with ExitStack() as running:

        def start(factory: str, **settings: str) -> str:
            return running.enter_context(serving(service, factory, settings))

        yield start


@contextmanager
def serving(service: Service, factory: str, settings: Mapping[str, str]) -> Iterator[str]:
    port = free_port()
    command = [service.python, "-m", "uvicorn", factory, "--factory", "--port", str(port)]
    environment = {**service.environment, **settings}
    process = subprocess.Popen(command, cwd=service.folder, env=environment)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def run_node(script: str, modules: Path, **settings: str) -> str:
    """Run a script of this folder with the SDKs for Node; fail with its output."""
    shutil.copy(HERE / script, modules)
    return run(["node", script], cwd=modules, environment={**os.environ, **settings})


def run_python(script: str, package: str, **settings: str) -> str:
    """Run a script of this folder with an SDK for Python; fail with its output."""
    command = ["uv", "run", "--quiet", "--no-project", "--isolated", "--with", package, "python"]
    return run([*command, script], cwd=HERE, environment={**service_environment(), **settings})
