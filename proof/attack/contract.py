"""The requests of schemathesis with all of its checks, against the running service."""

import asyncio
import re
import subprocess
from pathlib import Path

from proof.attack.target import Report, Target
from proof.attack.walk import ENDING, Cast


async def explore(target: Target, report: Report, cast: Cast) -> None:
    """Run schemathesis as nobody and as an administrator."""
    left_out = [f"--exclude-operation-id={name}" for name in sorted(ENDING)]
    token = f"--header=Authorization: Bearer {cast.admin.token}"
    roles: dict[str, list[str]] = {"nobody": [], "an administrator": [token, *left_out]}
    for who, options in roles.items():
        output = await asyncio.to_thread(run_schemathesis, target, options, examples=cast.examples)
        summary = re.search(r"(\d+) generated", output.stdout)
        report.attempts += int(summary[1]) if summary else 0
        report.check(output.returncode == 0, f"as {who}:\n{output.stdout}{output.stderr}")


def run_schemathesis(
    target: Target, options: list[str], *, examples: int
) -> subprocess.CompletedProcess[str]:
    """Run schemathesis with the configuration and the hooks of the service's own tests."""
    config = ["--config-file", "schemathesis.toml", "--no-color"]
    checks = ["--checks", "all", "--max-examples", str(examples), "--seed", "1"]
    return subprocess.run(
        [
            str(Path(target.service.python).with_name("st")),
            *config,
            "run",
            "openapi.json",
            "--url",
            target.address,
            *checks,
            *options,
        ],
        cwd=target.service.folder,
        env={**target.service.environment, "SCHEMATHESIS_HOOKS": "tests/contract_hooks.py"},
        check=False,
        capture_output=True,
        text=True,
    )
