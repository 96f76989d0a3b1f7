"""The settings of shipping."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from app.settings import ServiceSettings


class ShippingSettings(ServiceSettings):
    """The bucket of the labels, and the carrier."""

    required_in_production: ClassVar[tuple[str, ...]] = ()

    label_bucket: str = "shipping-labels"
    """The bucket that holds the labels."""

    label_link_seconds: Annotated[int, Field(ge=60, le=86_400)] = 900
    """Seconds for which a link to a label works."""

    label_access_key: SecretStr | None = None
    """The key of the bucket's account; without one, there are no labels."""

    label_access_id: str | None = None
    """The id of that key."""
