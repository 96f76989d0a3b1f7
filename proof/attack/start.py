"""Starting the service that is attacked."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from proof.attack.target import SECONDS, Target
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
def generated(answers: Mapping[str, object]) -> Iterator[Path]:
    """Generate and install a service, and yield its folder."""
    with temporary_folder() as scratch:
        service = scratch / "service"
        generate_service(service, answers=answers)
        run(["make", "setup"], cwd=service, environment=service_environment())
        yield service


@contextmanager
def attacked(service: Path, environment: Mapping[str, str]) -> Iterator[Target]:
    """Serve an installed service with its fakes.

    Args:
        service: The folder of the service.
        environment: The variables of its commands.
    """
    run(["make", "openapi"], cwd=service, environment=environment)
    document = json.loads((service / "openapi.json").read_text("utf-8"))
    has_mails = (service / "app/integrations/resend").exists()  # else they go to the terminal
    environment = {
        **environment,
        "ACCOUNT_MAIL": "on" if has_mails else "off",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "RATE_LIMIT": "off",  # it would hide what later requests find
    }
    with serving(["sh", "-euc", COMMAND], cwd=service, environment=environment) as served:
        found = re.findall(r"\bfake (\w+)\b.*?(http://\S+)", served.output())
        yield Target(
            address=served.address,
            fakes={name.lower(): address for name, address in found},
            secrets=SECRETS,
            folder=service,
            environment=environment,
            process_id=served.process_id,
            document=document,
            client=httpx2.AsyncClient(  # noqa: TID251 - it has a timeout
                base_url=served.address, timeout=SECONDS, trust_env=False
            ),
        )
