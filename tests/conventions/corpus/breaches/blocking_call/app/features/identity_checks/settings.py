"""Settings of identity checks."""

from pathlib import Path

from app.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """Where the sanctions lists are."""

    sanctions_folder: Path = Path("sanctions")
    """The folder of the lists."""
