"""Services of label printing."""

import subprocess
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import UUID

from app.core.services import get
from app.features.label_printing.rendering import Carrier, LabelTemplate
from app.features.label_printing.settings import LabelSettings
from app.features.label_printing.spool import archive

convert = partial(subprocess.run, check=True, timeout=10)


async def print_label(carrier: Carrier, shipment_id: UUID, values: dict[str, str]) -> Path:
    """Render the label of a shipment, and hand it to the printers."""
    template = LabelTemplate(get(LabelSettings).label_folder, carrier)
    label = template.render(values)  # breach: blocking-call
    return template.spool(f"{shipment_id}.zpl", label)  # breach: blocking-call


async def to_pdf(path: Path) -> Path:
    """Return a label as a PDF file."""
    target = path.with_suffix(".pdf")
    convert(["zpl2pdf", path, target])  # breach: blocking-call
    return target


async def archive_all(paths: Iterable[Path]) -> None:
    """Move printed files to the archive."""
    for _ in map(archive, paths):  # breach: blocking-call
        continue


class Preview:
    """Draws labels in threads of its own."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        """Take the threads that draw."""
        self._threads = threads

    async def draw(self, template: LabelTemplate, values: dict[str, str]) -> bytes:
        """Return the picture of a label."""
        drawing: Future[bytes] = self._threads.submit(template.render, values)
        return drawing.result()  # breach: blocking-call


async def count_lines(path: Path) -> int:
    """Return the number of lines of a label."""
    with path.open("rb") as file:  # breach: blocking-call
        return sum(1 for _ in file)
