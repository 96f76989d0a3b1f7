"""Settings of events of partners."""

from pydantic import SecretStr

from app.settings import ServiceSettings


class PartnerHookSettings(ServiceSettings):
    """The key that partners send."""

    partner_hook_key: SecretStr | None = None
    """The key that every request of a partner carries."""
