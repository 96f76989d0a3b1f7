"""The models of kiosks, read from a file once, when the service starts."""

import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, Field, TypeAdapter

from app.features.kiosk_terminals.settings import KioskSettings

NO_MODELS: Mapping[str, "KioskModel"] = MappingProxyType({})


class KioskModel(BaseModel):
    """A model of a kiosk."""

    width: int = Field(gt=0, le=10_000)
    height: int = Field(gt=0, le=10_000)
    printers: list[str] = Field(default_factory=list, max_length=4)


_models = TypeAdapter(dict[str, KioskModel])


def read_models(path: Path | None) -> Mapping[str, KioskModel]:
    """Return the models of a file; call it in a thread."""
    if path is None:
        return NO_MODELS
    with path.open("rb") as file:
        return MappingProxyType(_models.validate_python(tomllib.load(file)))


def tls_context(settings: KioskSettings) -> ssl.SSLContext:
    """Return a context that knows the wholesaler's authority too; call it in a thread."""
    context = ssl.create_default_context()
    if settings.kiosk_wholesaler_ca is not None:
        context.load_verify_locations(cafile=settings.kiosk_wholesaler_ca)
    return context
