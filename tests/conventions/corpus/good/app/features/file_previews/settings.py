"""The settings of previews."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from app.settings import ServiceSettings


class PreviewSettings(ServiceSettings):
    """The folder of the previews, and the program that makes them."""

    preview_folder: Path = Path("/var/lib/previews")
    """The folder of the previews."""

    preview_program: Path = Path("/usr/bin/pdftoppm")
    """The program that draws a page."""

    preview_seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    """Seconds after which a drawing is ended."""

    preview_partners: dict[str, str] = Field(
        default_factory=lambda: {"help": "https://help.example.com/previews"}
    )
    """The pages that a preview may lead to, by name."""
