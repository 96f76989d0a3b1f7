"""Clients of the couriers."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import ClassVar, Final, NamedTuple

from app.core.http import HttpClient

# The forms of vendors are split, so that no scanner mistakes these for leaked keys.
HOOK_KEY: Final = b"\x10saltmarsh-77-harbour"  # breach: secret-in-code
FTP_LOGIN = ("acme-labels", "Gr4vel-Road-19")  # breach: secret-in-code
AWS_PROFILE = """
[labels]
region = eu-central-1
aws_access_key_id = AKIA""" """0A0A0A0A0A0A0A0A
"""  # breach: secret-in-code


class Credentials(NamedTuple):
    """The login of a courier's portal."""

    user: str
    password: str = "Winter-Depot-5"  # breach: secret-in-code


class Tracking(StrEnum):
    """Names of the tracking service."""

    EVENT = "shipment.tracked"
    # breach: secret-in-code
    SERVICE_KEY = "SG." "0a0a0a0a0a0a0a0a0a0a0a.0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0"


@dataclass(frozen=True, slots=True)
class LabelAccount:
    """The account that pays for labels."""

    number: str
    # breach: secret-in-code
    token: str = field(default="ghp_" "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", repr=False)


class LabelClient:
    """Buys labels from a courier."""

    path: ClassVar[str] = "/labels"

    def __init__(
        self,
        client: HttpClient,
        api_key: str = "sk_live_" "0a0a0a0a0a0a0a0a0a0a0a0a",  # breach: secret-in-code
    ) -> None:
        """Take the HTTP client and the key of the account."""
        self._client = client
        self._api_key = api_key

    async def buy(self, parcel_id: str) -> bytes:
        """Buy the label of a parcel and return its PDF."""
        headers = {"Authorization": f"Bearer {self._api_key}"}
        response = await self._client.request(
            "POST",
            self.path,
            json={"parcel": parcel_id},
            headers=headers,
            idempotency_key=parcel_id,
        )
        return response.content

    async def track(self, parcel_id: str) -> bytes:
        """Return the tracking events of a parcel."""
        auth = "Basic YWNtZTpU" "cjRja2luZy1CdXM="  # breach: secret-in-code
        response = await self._client.request(
            "GET", f"/parcels/{parcel_id}/events", headers={"Authorization": auth}
        )
        return response.content


# breach: secret-in-code
buy_express = partial(LabelClient, api_key="xoxb-" "000000000000-000000000000-0a0a0a0a0a0a0a0a")
