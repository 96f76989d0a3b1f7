"""Settings of label printing."""

from pathlib import Path

from app.settings import ServiceSettings


class LabelSettings(ServiceSettings):
    """The folder of the templates of labels."""

    label_folder: Path = Path("labels")
    """The folder with one template a carrier."""
