"""Starting the service that is attacked."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from proof.attack.target import Target
from scripts.commands import run, serving, temporary_folder
from scripts.rendering import generate_service, service_environment

# Two workers behind a trusted address, so that every caller can have an address of its own.
COMMAND = """
exec uv run --no-sync python -m devtools.with_database --with-servers \
    uvicorn app.main:create_app --factory --workers 2 --port "$PORT" --proxy-headers --no-access-log
"""
SECRETS = {
    "paddle": "pdl_ntfset_of_the_fake",
    "resend": "whsec_YS1zZWNyZXQtb2YtdGhlLWZha2U=",
    "blob": "vercel_blob_rw_fake_development",
}


@contextmanager
def attacked(answers: Mapping[str, object], *, folder: Path | None = None) -> Iterator[Target]:
    """Generate, install and serve a service with its fakes.

    Args:
        answers: The answers of the template.
        folder: A service that is installed already, for a quick repetition.
    """
    mail = "on" if answers["resend"] else "off"  # without Resend it would go to the terminal
    environment = service_environment() | {
        "ACCOUNT_MAIL": mail,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    with temporary_folder() as scratch:
        service = folder or scratch / "service"
        if folder is None:
            generate_service(service, answers=answers)
            run(["make", "setup"], cwd=service, environment=environment)
        run(["make", "openapi"], cwd=service, environment=environment)
        document = json.loads((service / "openapi.json").read_text("utf-8"))
        with serving(["sh", "-euc", COMMAND], cwd=service, environment=environment) as served:
            found = re.findall(r"\bfake (\w+)\b.*?(http://\S+)", served.output())
            fakes = {name.lower(): address for name, address in found}
            yield Target(
                served.address,
                fakes,
                SECRETS,
                service,
                environment,
                served.process_id,
                document,
            )
