"""Settings of label printing."""

from pathlib import Path

from app.settings import ServiceSettings


class LabelSettings(ServiceSettings):
    """Where the templates of labels are."""

    label_folder: Path = Path("labels")
    """The folder with one template a carrier."""
