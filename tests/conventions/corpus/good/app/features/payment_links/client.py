"""The payment service as a typed client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from app.core.errors import BadGateway, Unprocessable
from app.core.http import HttpClient

log = structlog.get_logger(__name__)
ModelT = TypeVar("ModelT", bound=BaseModel)


class PaymentRefused(Unprocessable):
    """The payment service does not take the request."""

    code = "payment_link_refused"
    message = "The payment service refuses this amount or currency."


class PaymentAnswerInvalid(BadGateway):
    """The payment service sent something that is not documented."""

    code = "payment_answer_invalid"
    message = "The payment service sent an unusable response. Retry later."


class RemoteLink(BaseModel):
    """A link at the payment service."""

    id: str
    url: str
    is_paid: bool = False


class RemoteLinks(BaseModel):
    """Links that a search has found."""

    links: list[RemoteLink]


@dataclass(frozen=True, slots=True)
class PaymentClient:
    """Makes and finds links."""

    http: HttpClient
    timeout: float

    async def create_link(
        self, amount_cents: int, currency: str, *, labels: Mapping[str, str], key: str
    ) -> RemoteLink:
        """Make a link; the key makes a retry return the same one.

        Raises:
            PaymentAnswerInvalid: The response is not as documented.
            PaymentRefused: The service does not take the amount or the currency.
            UpstreamError: The service does not respond.
        """
        response = await self.http.request(
            "POST",
            "/links",
            json={"amount": amount_cents, "currency": currency, "labels": dict(labels)},
            idempotency_key=key,
            deadline=self.timeout,
        )
        if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise PaymentRefused
        return self._parse(RemoteLink, response.content)

    async def find_links(self, ids: Sequence[str]) -> list[RemoteLink]:
        """Return links by their ids, in one search; it is a POST since ids can be many.

        Raises:
            PaymentAnswerInvalid: The response is not as documented.
            UpstreamError: The service does not respond.
        """
        response = await self.http.request(
            "POST", "/link-searches", json={"ids": list(ids)}, retry=True
        )
        return self._parse(RemoteLinks, response.content).links

    @staticmethod
    def _parse(model: type[ModelT], content: bytes) -> ModelT:
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            log.warning("payment_answer_invalid", problems=error.error_count())
            raise PaymentAnswerInvalid from None
