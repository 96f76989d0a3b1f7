import httpx2
from pydantic import SecretStr

from app.core.http import HttpClient
from app.core.services import provide
from app.features.outgoing_hooks.calling import HookCaller, allowed_partners, has_changed_secret
from app.features.outgoing_hooks.settings import OutgoingHookSettings
from tests.conftest import ClientFor
from tests.features.upstream import upstream_response

SUBSCRIPTIONS = "/api/v1/hook-subscriptions"
OLD = OutgoingHookSettings(hook_signing_secret=SecretStr("one"))
NEW = OutgoingHookSettings(
    hook_signing_secret=SecretStr("two"), hook_previous_secret=SecretStr("one")
)


def caller(status: int, signatures: list[str]) -> HookCaller:
    async def respond(request: httpx2.Request) -> httpx2.Response:
        signatures.append(request.headers["x-signature"])
        return upstream_response(status)

    transport = httpx2.MockTransport(respond)
    client = HttpClient("erp", base_url="https://erp.example", transport=transport)
    return HookCaller({"erp": client}, NEW)


async def test_only_known_partners_are_subscribed(client_for: ClientFor) -> None:
    ada = await client_for("ada@example.com")
    with provide(HookCaller, caller(200, [])):
        given = {"partner": "erp", "path": "/hooks/orders"}
        answers = [await ada.post(SUBSCRIPTIONS, json=given) for _ in range(2)]
        unknown = await ada.post(SUBSCRIPTIONS, json=given | {"partner": "evil"})
    assert [answer.status_code for answer in (*answers, unknown)] == [201, 409, 400]


async def test_a_call_is_signed_by_both_secrets() -> None:
    signatures: list[str] = []
    assert await caller(200, signatures).call_all([("erp", "/hooks")], b"{}") == []
    assert signatures[0].count("v1=") == 2
    assert await caller(500, signatures).call_all([("erp", "/a"), ("who", "/b")], b"") == [
        "erp",
        "who",
    ]


def test_addresses_are_plain_https() -> None:
    given = {"erp": "https://erp.example", "lan": "http://10.0.0.1", "odd": "https://a@b.example"}
    assert allowed_partners(given) == {"erp": "https://erp.example"}


def test_a_changed_secret_is_noticed() -> None:
    assert has_changed_secret(OLD, NEW)
    assert not has_changed_secret(NEW, NEW)
