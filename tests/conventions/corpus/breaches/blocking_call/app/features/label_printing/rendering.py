"""The rendering of labels."""

from enum import StrEnum
from functools import cached_property
from pathlib import Path

from app.features.label_printing.spool import write_spool


class Carrier(StrEnum):
    """A carrier with labels of its own."""

    PARCEL_POST = "parcel_post"
    EXPRESS = "express"


class LabelTemplate:
    """A label in the printer's language, with places for the values."""

    def __init__(self, folder: Path, carrier: Carrier) -> None:
        """Choose the template of a carrier."""
        self._path = folder / f"{carrier}.zpl"
        self._spool = folder / "spool"

    @cached_property
    def text(self) -> str:
        """The text of the template."""
        return self._path.read_text("utf-8")

    def render(self, values: dict[str, str]) -> bytes:
        """Return the label with its values."""
        return self.text.format_map(values).encode()

    def spool(self, name: str, label: bytes) -> Path:
        """Put a label into the folder of the printers."""
        return write_spool(self._spool, name, label)
