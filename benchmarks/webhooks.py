"""How many webhooks a service takes in, against bare inserts: `python -m benchmarks.webhooks`.

`received_webhooks.py` runs in a generated service on its own PostgreSQL; no network is before it.
"""

import subprocess
from pathlib import Path

from scripts.commands import temporary_folder
from scripts.rendering import generate_service, service_environment

MEASURES = Path(__file__).with_name("received_webhooks.py")


def main() -> None:
    """Generate a service with Paddle and measure in it."""
    with temporary_folder() as scratch:
        service = scratch / "service"
        generate_service(service, answers={"example": "none", "paddle": True})
        environment = service_environment() | {
            "LOG_LEVEL": "ERROR",
            "PADDLE_API_KEY": "for measuring only",
            "PADDLE_WEBHOOK_SECRET": "for measuring only",
            "PYTHONPATH": str(service),
        }
        setup = ["make", "--silent", "setup"]
        subprocess.run(setup, cwd=service, env=environment, check=True)
        python = str(service / ".venv" / "bin" / "python")
        command = [python, "-m", "devtools.with_database", "--with-servers", python, str(MEASURES)]
        subprocess.run(command, cwd=service, env=environment, check=True)


if __name__ == "__main__":
    main()
