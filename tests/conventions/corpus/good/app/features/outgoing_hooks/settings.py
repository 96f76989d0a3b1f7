"""The settings of outgoing hooks."""

from typing import Annotated

from pydantic import Field, SecretStr

from app.settings import ServiceSettings


class OutgoingHookSettings(ServiceSettings):
    """The partners that may be called."""

    hook_partners: dict[str, str] = Field(default_factory=dict)
    """The addresses of the partners by name, such as `{"erp": "https://erp.example.com"}`."""

    hook_signing_secret: SecretStr | None = None
    """The secret by which partners recognize the calls."""

    hook_previous_secret: SecretStr | None = None
    """The secret before it, while it is replaced."""

    hook_calls_at_once: Annotated[int, Field(ge=1, le=50)] = 5
    """The most calls at the same time."""
