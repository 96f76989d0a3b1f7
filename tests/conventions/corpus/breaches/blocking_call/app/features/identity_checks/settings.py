"""Settings of identity checks."""

from pathlib import Path

from app.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """The folder of the sanctions lists."""

    sanctions_folder: Path = Path("sanctions")
    """The folder of the lists."""
