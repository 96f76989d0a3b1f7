"""What authentication, a rate limit and an idempotency key cost: `python -m benchmarks.guards`.

Each is a route with the guard, measured in turns with the same route without it. `guarded_app.py`
runs in a generated service, on its own PostgreSQL and Valkey, with no network before the service.
"""

import subprocess
from pathlib import Path

from scripts.commands import temporary_folder
from scripts.rendering import generate_service, service_environment

MEASURES = Path(__file__).with_name("guarded_app.py")


def main() -> None:
    """Generate a service with Redis and measure in it."""
    with temporary_folder() as scratch:
        service = scratch / "service"
        generate_service(service, answers={"redis": True})
        environment = service_environment() | {"PYTHONPATH": str(service), "LOG_LEVEL": "ERROR"}
        setup = ["make", "--silent", "setup"]
        subprocess.run(setup, cwd=service, env=environment, check=True)
        python = str(service / ".venv" / "bin" / "python")
        command = [python, "-m", "devtools.with_database", "--with-servers", python, str(MEASURES)]
        subprocess.run(command, cwd=service, env=environment, check=True)


if __name__ == "__main__":
    main()
