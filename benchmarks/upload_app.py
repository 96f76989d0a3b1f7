"""Measures uploads in a generated service's environment; see `uploads.py`."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import httpx2

from app.accounts.models import User, UserSession
from app.accounts.tokens import hash_token, new_token
from app.core.db import AsyncSessionLocal, open_database
from app.settings import Settings

MEGABYTE = 1_000_000
SIZES = (1, 10, 100, 1000)
TOKEN = new_token()
LIMITS = {
    "BLOB_MAX_FILE_BYTES": "2000000000",
    "BLOB_USER_QUOTA_BYTES": "5000000000",
    "JOBS_IN_PROCESS": "false",
}


@contextmanager
def serving() -> Iterator[tuple[int, str]]:
    """Serve in a separate process; yield its id and its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        command = [sys.executable, "-m", "uvicorn", "app.main:create_app", "--factory"]
        options = ["--fd", str(listener.fileno()), "--no-access-log", "--log-level", "warning"]
        with subprocess.Popen(
            [*command, *options], env=os.environ | LIMITS, pass_fds=[listener.fileno()]
        ) as process:
            yield process.pid, f"http://127.0.0.1:{listener.getsockname()[1]}"
            process.terminate()


async def sign_in() -> None:
    """Store a user and a session with the token."""
    now, later = datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)
    async with open_database(Settings()), AsyncSessionLocal.begin() as session:
        user = User(email="a@example.com", email_key="a@example.com", password_hash="-")  # noqa: S106 (no password has this hash)
        session.add(user)
        await session.flush()
        opened = UserSession(user_id=user.id, token_hash=hash_token(TOKEN))
        opened.last_seen_at, opened.expires_at, opened.ends_at = now, later, later
        session.add(opened)


async def zeros(megabytes: int) -> AsyncIterator[bytes]:
    """Yield megabytes of text in small chunks."""
    part = b"0" * 100_000
    for _ in range(megabytes * MEGABYTE // len(part)):
        yield part


async def upload(client: httpx2.AsyncClient, megabytes: int) -> float:
    """Upload a file; return the duration in seconds."""
    started = perf_counter()
    answer = await client.post(
        "/api/v1/files",
        params={"name": "zeros.txt"},
        content=zeros(megabytes),
        headers={"Content-Length": str(megabytes * MEGABYTE)},
    )
    if answer.is_error:
        raise SystemExit(f"an upload answered {answer.status_code}: {answer.text}")
    return perf_counter() - started


def peak_of(process: int) -> float:
    """Return the peak memory of a process, in MB."""
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


async def main() -> None:
    """Upload larger and larger files to one process, and print its peak memory."""
    await sign_in()
    with serving() as (process, address):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(
            base_url=address, headers=headers, timeout=300, trust_env=False
        ) as client:
            for _ in range(5):
                await upload(client, SIZES[0])  # warm up
            first = peak_of(process)
            for megabytes in SIZES:
                seconds, peak = await upload(client, megabytes), peak_of(process)
                label = f"peak memory, upload of {megabytes} MB"
                print(
                    f"{label:34}{peak / first:8.2f}{'1.2':>9}   {peak:.0f} MB; "
                    f"{megabytes / seconds:.0f} MB/s",
                    flush=True,
                )


if __name__ == "__main__":
    if not Path("/proc/self/status").exists():
        raise SystemExit("The peak memory of a process can be read on Linux only.")
    asyncio.run(main())
