"""A whole service of a proof, run as in production, each part a process.

    with rendered_service() as folder, running_service(folder) as service:
        service.api.kill()

PostgreSQL, Valkey and the fakes of the vendors are the service's own; the API is the command of
`make run`, with two processes; the jobs have a worker of their own.
"""

import json
import os
import secrets
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proof.processes import Process, prepare
from scripts.commands import free_port, run, temporary_folder
from scripts.rendering import ROOT, generate_service, service_environment

EVERYTHING = {"redis": True, "resend": True, "paddle": True, "blob": True, "example": "market_data"}
VENDOR_URLS = {
    "BLOB_API_URL": ("blob", "/api/blob"),
    "BLOB_CONTENT_URL": ("blob", "/content"),
    "PADDLE_API_URL": ("paddle", ""),
    "RESEND_API_URL": ("resend", ""),
}
PLANS = "pro=pri_promonthly,pri_proyearly;team=pri_teammonthly"


@dataclass(frozen=True)
class RunningService:
    """A service with everything that it needs.

    Attributes:
        folder: Its code.
        address: Its base URL.
        database_url: Its database, as psql and asyncpg take it.
        vendors: The addresses of the fakes `paddle`, `resend` and `blob` that the service needs.
        settings: Its settings, secrets included.
        environment: The variables of all its processes.
        python: The interpreter of its packages.
    """

    folder: Path
    address: str
    database_url: str
    vendors: Mapping[str, str]
    settings: Mapping[str, str]
    environment: Mapping[str, str]
    python: str
    api: Process
    worker: Process
    postgres: Process
    valkey: Process

    def run(self, module: Sequence[str]) -> str:
        """Run a module of the service with its arguments, and return its output."""
        return run([self.python, "-m", *module], cwd=self.folder, environment=self.environment)

    def set_vendor(self, name: str, mode: str) -> None:
        """Let a vendor `work`, `hang`, `fail` or `lose` its responses."""
        request = urllib.request.Request(
            f"{self.vendors[name]}/proof/mode", mode.encode(), method="PUT"
        )
        urllib.request.urlopen(request, timeout=10).close()

    def vendor_state(self, name: str) -> dict[str, Any]:
        """Return everything that a vendor knows."""
        state: dict[str, Any] = json.loads(_read(f"{self.vendors[name]}/proof/state"))
        return state


@contextmanager
def rendered_service(answers: Mapping[str, object] | None = None) -> Iterator[Path]:
    """Generate and install a service, and yield its folder; everything is on without answers."""
    with temporary_folder() as scratch:
        service = scratch / "service"
        generate_service(service, answers=EVERYTHING if answers is None else answers)
        run(["make", "--silent", "setup"], cwd=service, environment=service_environment())
        yield service


@contextmanager
def running_service(
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningService]:
    """Run an installed service with its servers and its vendors.

    Args:
        folder: Its code.
        settings: Settings beside those of production, or in place of them.
        environment: The variables that its commands inherit, if not those of a new terminal.

    Raises:
        ProcessFailed: A part does not start.
    """
    prepare()
    with ExitStack() as stack:
        scratch = stack.enter_context(temporary_folder())
        inherited = dict(environment or service_environment())
        start = Starter(folder, scratch, inherited, production_settings(scratch), stack)
        start.settings |= settings or {}
        yield start.everything()


def production_settings(scratch: Path) -> dict[str, str]:
    """Return the settings of production, with secrets of this run.

    Args:
        scratch: The folder with the folders of the servers.
    """
    return {
        "ACCEPTED_IN_PRODUCTION": ",".join(VENDOR_URLS),  # The fakes have no certificate.
        "ALLOWED_HOSTS": "127.0.0.1",
        "BLOB_READ_WRITE_TOKEN": f"vercel_blob_rw_proof_{secrets.token_hex()}",
        "DATABASE_URL": f"postgresql://postgres@/app?host={scratch / 'postgres' / 'run'}&port=5432",
        "ENVIRONMENT": "production",
        "JOBS_IN_PROCESS": "false",
        "MAIL_FROM": "proof@example.com",
        "PADDLE_API_KEY": f"pdl_live_apikey_{secrets.token_hex()}",
        "PADDLE_PLANS": PLANS,
        "PADDLE_WEBHOOK_SECRET": f"pdl_ntfset_{secrets.token_hex()}",
        "REDIS_URL": f"unix://{scratch / 'valkey' / 'valkey.sock'}",
        "RESEND_REQUESTS_PER_SECOND": "100",
        "RESEND_WEBHOOK_SECRET": f"whsec_{b64encode(secrets.token_bytes(24)).decode()}",
        "RESEND_API_KEY": f"re_{secrets.token_hex()}",
        "SECRET_KEY": secrets.token_hex(),
        "SHUTDOWN_DRAIN_SECONDS": "1",  # No load balancer has to notice first.
        "WEB_CONCURRENCY": "2",
    }


@dataclass
class Starter:
    """Starts the parts of a service, and stops them in reverse when the stack closes."""

    folder: Path
    scratch: Path
    inherited: Mapping[str, str]
    settings: dict[str, str]
    stack: ExitStack
    port: int = field(default_factory=free_port)

    def everything(self) -> RunningService:
        """Start every part, those first that others need."""
        address = f"http://127.0.0.1:{self.port}"
        postgres = self._start_server("postgres")
        valkey = self._start_server("valkey", is_needed=self._has("redis"))
        vendors = self._start_vendors(address)
        self._migrate()
        worker = self._start("worker", [self._python, "-m", "app.commands.worker"])
        api = self._start("api", ["sh", "-c", f"exec {self._run_command()}"], url=address)
        return RunningService(
            folder=self.folder,
            address=address,
            database_url=self.settings["DATABASE_URL"],
            vendors=vendors,
            settings=self.settings,
            environment=self._environment,
            python=self._python,
            api=api,
            worker=worker,
            postgres=postgres,
            valkey=valkey,
        )

    def _has(self, integration: str) -> bool:
        return (self.folder / "app" / "integrations" / integration).exists()

    @property
    def _python(self) -> str:
        default = str(self.folder / ".venv")
        return str(Path(self.inherited.get("UV_PROJECT_ENVIRONMENT", default), "bin", "python"))

    @property
    def _environment(self) -> dict[str, str]:
        paths = os.pathsep.join([str(self.folder), str(ROOT)])
        own = {"PORT": str(self.port), "PYTHONPATH": paths, "UV_NO_SYNC": "1"}
        return {**self.inherited, **self.settings, **own}

    def _start_server(self, name: str, *, is_needed: bool = True) -> Process:
        command = [self._python, "-m", "proof.servers", name, str(self.scratch / name)]
        return self._start(name, command, prints=b"ready", is_needed=is_needed)

    def _start_vendors(self, address: str) -> dict[str, str]:
        blobs = str(self.scratch / "blobs")
        command = [self._python, "-m", "proof.vendors", address, blobs]
        addresses: dict[str, str] = json.loads(
            self._start("vendors", command, prints=b"}").output().splitlines()[-1]
        )
        for setting, (vendor, path) in VENDOR_URLS.items():
            if vendor in addresses:
                self.settings[setting] = addresses[vendor] + path
        if "resend" not in addresses:
            self.settings["ACCOUNT_MAIL"] = "off"  # There is no other mail server.
        return addresses

    def _migrate(self) -> None:
        """Migrate the database, as a deployment does before the first start."""
        run(
            [self._python, "-m", "alembic", "upgrade", "heads"],
            cwd=self.folder,
            environment=self._environment,
        )

    def _run_command(self) -> str:
        """Return the command of `make run`: started without make, it gets the signals itself."""
        command = ["make", "--silent", "--dry-run", "run"]
        return run(command, cwd=self.folder, environment=self.inherited).strip().lstrip("@")

    def _start(
        self,
        name: str,
        command: list[str],
        *,
        prints: bytes = b"",
        url: str = "",
        is_needed: bool = True,
    ) -> Process:
        part = Process(
            name=name,
            command=command,
            cwd=self.folder,
            environment=self._environment,
            log=self.scratch / f"{name}.log",
            prints=prints,
            url=f"{url}/health/ready" if url else "",
        )
        if is_needed:
            self.stack.callback(part.stop)
            part.start()
        return part


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        content: bytes = response.read()
        return content
