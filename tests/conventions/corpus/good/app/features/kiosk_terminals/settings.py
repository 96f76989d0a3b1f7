"""The settings of kiosks."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class KioskSettings(ServiceSettings):
    """The wholesaler, and the file of kiosk models."""

    kiosk_models_file: Path | None = None
    """A TOML file with the models; none are known without one."""

    kiosk_wholesaler_url: HttpUrl = "https://wholesale.example"
    """The address of the wholesaler."""

    kiosk_wholesaler_ca: Path | None = None
    """The certificate of the wholesaler's own authority, in addition to the usual ones."""

    kiosk_wholesaler_password: SecretStr | None = None
    """The password of this service at the wholesaler."""

    kiosk_pin_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """Minutes for which a PIN can be used."""

    kiosk_pin_digits: Annotated[int, Field(ge=6, le=12)] = 8
    """The digits of a PIN."""
