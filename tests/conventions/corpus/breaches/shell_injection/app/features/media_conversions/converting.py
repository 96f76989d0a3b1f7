"""Conversion of videos by programs of this machine."""

import asyncio
import os
import subprocess
from asyncio import create_subprocess_exec as run
from asyncio import create_subprocess_shell
from functools import partial

SHELL = ("/bin/sh", "-c")
SECONDS = 30


async def probe(source: str) -> str:
    """Return the format of a video."""
    command = f"ffprobe -v error -show_format {source}"
    # breach: shell-injection
    process = await create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(SECONDS):
        output, _ = await process.communicate()
    return output.decode()


async def thumbnail(source: str, target: str) -> int:
    """Store the first picture of a video."""
    finished = await asyncio.to_thread(
        partial(subprocess.run, shell=True, check=False, timeout=SECONDS),
        "ffmpeg -i '%s' '%s'" % (source, target),  # breach: shell-injection
    )
    return finished.returncode


def output_of(command: str) -> str:
    """Return the output of a command; runs in a thread."""
    with os.popen(command) as pipe:  # breach: shell-injection
        return pipe.read()


class Converter:
    """Converts videos into one format."""

    def __init__(self, container: str) -> None:
        """Take the format, such as `webm`."""
        self.command = " ".join(["ffmpeg", "-f", container])

    async def convert(self, source: str) -> int:
        """Convert a video."""
        arguments = [*SHELL, f"{self.command} -i {source}"]
        process = await run(*arguments)  # breach: shell-injection
        async with asyncio.timeout(SECONDS):
            return await process.wait()

    async def describe(self) -> str:
        """Return the help text of the format."""
        return await asyncio.to_thread(output_of, self.command + " -h")


async def trim(source: str, options: str) -> int:
    """Trim a video by options that the client chooses."""
    process = await run("ffmpeg", *options.split(), "-i", source)  # breach: shell-injection
    async with asyncio.timeout(SECONDS):
        return await process.wait()
