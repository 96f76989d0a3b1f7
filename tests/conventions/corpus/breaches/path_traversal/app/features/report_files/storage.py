"""The files of reports."""

import asyncio
import os
import zipfile
from functools import partial
from pathlib import Path, PurePosixPath

from app.core.services import get
from app.features.report_files.settings import ReportSettings


def report_path(*parts: str) -> Path:
    """Return the path of a report."""
    return Path(get(ReportSettings).report_folder).joinpath(*parts)


async def read_report(name: str) -> bytes:
    """Return a report."""
    # breach: path-traversal
    return await asyncio.to_thread(report_path("monthly", name).read_bytes)


async def store_report(name: str, content: bytes) -> None:
    """Store a report."""
    folder = get(ReportSettings).report_folder
    target = os.path.join(folder, name.removeprefix("/"))  # breach: path-traversal
    await asyncio.to_thread(partial(Path(target).write_bytes, content))


class Archive:
    """An archive of reports."""

    def __init__(self, folder: Path) -> None:
        """Take the folder into which the archive is unpacked."""
        self.folder = folder

    def unpack(self, archive: Path) -> list[str]:
        """Unpack an archive and return the names of its files."""
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                target = self.folder / PurePosixPath(entry.filename)
                target.write_bytes(packed.read(entry))  # breach: path-traversal
            return packed.namelist()
