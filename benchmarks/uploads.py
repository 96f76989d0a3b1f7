"""What an upload takes in memory, from 1 MB to 1 GB: `python -m benchmarks.uploads`.

`upload_app.py` runs in a generated service, on its own PostgreSQL and the stand-in for Vercel Blob,
each in a process of its own; measured is the peak of the service's process.
"""

import subprocess
from pathlib import Path

from scripts.commands import temporary_folder
from scripts.rendering import generate_service, service_environment

MEASURES = Path(__file__).with_name("upload_app.py")


def main() -> None:
    """Generate a service with files and measure in it."""
    with temporary_folder() as scratch:
        service = scratch / "service"
        generate_service(service, answers={"blob": True})
        environment = service_environment() | {"PYTHONPATH": str(service), "LOG_LEVEL": "ERROR"}
        setup = ["make", "--silent", "setup"]
        subprocess.run(setup, cwd=service, env=environment, check=True)
        python = str(service / ".venv" / "bin" / "python")
        command = [python, "-m", "devtools.with_database", "--with-servers", python, str(MEASURES)]
        subprocess.run(command, cwd=service, env=environment, check=True)


if __name__ == "__main__":
    main()
