"""Drawing previews: the program runs beside the event loop, and pixels are counted in a process."""

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from threading import Lock
from uuid import UUID

import structlog

from app.core.errors import NotFound, Unprocessable
from app.features.file_previews.settings import PreviewSettings

DRAWINGS_AT_ONCE = 2
TIMED_OUT = -1
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

log = structlog.get_logger(__name__)


class PreviewNotFound(NotFound):
    """There is no preview of this name."""

    code = "file_preview_not_found"
    message = "There is no preview of this name."


class PreviewImpossible(Unprocessable):
    """The file cannot be drawn."""

    code = "file_preview_impossible"
    message = "No preview can be made of this file. Check that it is a PDF."


class Drawings:
    """The previews of a folder, drawn a few at a time."""

    def __init__(self, settings: PreviewSettings, executor: Executor) -> None:
        """Take the folder, and the executor for work that keeps a processor busy."""
        self._settings = settings
        self._executor = executor
        self._slots = asyncio.Semaphore(DRAWINGS_AT_ONCE)
        self._counts_lock = Lock()
        self._counts = dict.fromkeys(("drawn", "failed"), 0)

    def path_of(self, owner_id: UUID, name: str) -> Path:
        """Return the path of a user's preview, which is always within the user's folder.

        Raises:
            PreviewNotFound: The name is none of a preview.
        """
        if not NAME.fullmatch(name):
            raise PreviewNotFound
        folder = (self._settings.preview_folder / owner_id.hex).resolve()
        path = (folder / f"{name}.png").resolve()
        if not path.is_relative_to(folder):
            raise PreviewNotFound
        return path

    async def read(self, owner_id: UUID, name: str) -> bytes:
        """Return a preview of a user.

        Raises:
            PreviewNotFound: The user has none of this name.
        """
        path = await asyncio.to_thread(self.path_of, owner_id, name)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise PreviewNotFound from None

    async def draw(self, source: Path, owner_id: UUID, name: str) -> Path:
        """Draw the first page of a file of a user.

        Raises:
            PreviewImpossible: The program fails, or takes too long.
        """
        target = await asyncio.to_thread(self._prepare, owner_id, name)
        arguments = ("-png", "-singlefile", "-r", "72", str(source), str(target.with_suffix("")))
        async with self._slots:
            status = await self._run(arguments)
        self._count("drawn" if status == 0 else "failed")
        if status != 0:
            raise PreviewImpossible
        return target

    async def brightness(self, owner_id: UUID, name: str) -> float:
        """Return the mean of the bytes of a preview, computed in another process."""
        content = await self.read(owner_id, name)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, mean_of, content)

    def _prepare(self, owner_id: UUID, name: str) -> Path:
        path = self.path_of(owner_id, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    async def _run(self, arguments: Sequence[str]) -> int:
        """Return the exit status of the program; it is killed when its time is over."""
        process = await asyncio.create_subprocess_exec(
            self._settings.preview_program,
            *arguments,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(self._settings.preview_seconds):
                return await process.wait()
        except TimeoutError:
            log.warning("preview_program_too_slow", seconds=self._settings.preview_seconds)
            return TIMED_OUT
        finally:
            if process.returncode is None:  # too slow, or the request was cancelled
                process.kill()
                await process.wait()

    def _count(self, outcome: str) -> None:
        with self._counts_lock:
            self._counts[outcome] += 1

    def counts(self) -> dict[str, int]:
        """Return how many were drawn and how many failed."""
        with self._counts_lock:
            return dict(self._counts)


def mean_of(content: bytes) -> float:
    """Return the mean of some bytes; runs in a process of the executor."""
    return sum(content) / len(content) if content else 0.0


def delete_previews(folder: Path, *, names: Sequence[str]) -> int:
    """Delete previews of a folder, and return their number; call it in a thread."""
    found = [path for path in (folder / f"{name}.png" for name in names) if path.exists()]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


async def delete_in_thread(settings: PreviewSettings, owner_id: UUID, names: Sequence[str]) -> int:
    """Delete previews of a user without keeping the event loop."""
    folder = settings.preview_folder / owner_id.hex
    return await asyncio.to_thread(partial(delete_previews, folder, names=names))
