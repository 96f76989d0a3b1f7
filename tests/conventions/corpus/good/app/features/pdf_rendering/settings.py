"""The settings of the renderer."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import HttpUrl, ServiceSettings


class RendererSettings(ServiceSettings):
    """The service that renders documents."""

    renderer_url: HttpUrl = "https://renderer.example"
    """Its address."""

    renderer_api_key: SecretStr | None = None
    """The key of this service; without one, nothing is rendered."""

    renderer_wait_seconds: Annotated[float, Field(gt=0, le=240)] = 120
    """Seconds after which a rendering that is not done is given up."""
