"""The memory of a process while users upload large files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from benchmarks.measures import Figure, Measure, Sides, at_most
from benchmarks.serving import Bench, Server, State

MEGABYTE = 1_000_000
SMALL, LARGE = 1, 1000
SETTINGS = {
    "BLOB_MAX_FILE_BYTES": "2000000000",
    "BLOB_QUOTA_BYTES": "50000000000",
    "BLOB_READ_WRITE_TOKEN": "vercel_blob_rw_fake_development",  # of the fake, which runs
    "BLOB_USER_QUOTA_BYTES": "20000000000",
    "ENVIRONMENT": "development",  # since the fake is published
    "JOBS_IN_PROCESS": "false",
}


@contextmanager
def upload(bench: Bench) -> Iterator[Sides]:
    """Compare the peak memory of a new process after a large file and after small ones."""
    yield Sides(lambda: peak_after(bench, LARGE), lambda: peak_after(bench, SMALL))


def peak_after(bench: Bench, megabytes: int) -> Figure:
    """Return the peak memory, in MB, of a process that has received small files and this one."""
    with bench.serve(["-m", "app.server"], settings=SETTINGS) as server:
        for size in [SMALL] * 5 + [megabytes]:
            send_file(bench, server, size)
        return Figure(peak_memory(server.process_id))


def send_file(bench: Bench, server: Server, megabytes: int) -> None:
    """Upload a text file, as a stream."""
    part = b"0" * 100_000
    response = httpx2.post(
        f"http://127.0.0.1:{server.port}/api/v1/files",
        params={"name": "zeros.txt"},
        content=(part for _ in range(megabytes * MEGABYTE // len(part))),
        headers={
            "Authorization": f"Bearer {bench.environment['BENCH_TOKEN']}",
            "Content-Length": str(megabytes * MEGABYTE),
            "Host": "localhost",
        },
        timeout=300,
        trust_env=False,
    )
    response.raise_for_status()


def peak_memory(process_id: int) -> float:
    """Return the peak memory of a process, in MB; on Linux only."""
    lines = Path(f"/proc/{process_id}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


MEASURES = [
    Measure(
        "memory while a file is uploaded",
        "peak MB of the process: after a file of 1 GB / after files of 1 MB",
        at_most(1.2),
        upload,
        states=[State.EVERYTHING_ON],
        pairs=2,
    ),
]
