"""Settings of events of couriers."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from app.settings import CommaSeparated, HttpUrl, ServiceSettings


class CourierEventSettings(ServiceSettings):
    """The keys that sign events, and where labels are."""

    required_in_production: ClassVar[tuple[str, ...]] = ("courier_event_secret",)

    courier_event_secret: SecretStr | None = None
    """The key with which a courier signs its events."""

    courier_event_public_key: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """The public Ed25519 key of a courier, in hexadecimal digits."""

    courier_label_hosts: CommaSeparated = ("labels.courier.example",)
    """The hosts from which labels may be fetched."""

    courier_label_url: HttpUrl = "https://labels.courier.example"
    """The base URL of labels."""

    courier_token_path: Annotated[str, Field(max_length=100)] = "/oauth/token"  # noqa: S105 - a path
    """The path at which a courier issues tokens."""
