"""A running subscription can be changed, cancelled, paused and resumed by its user."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.services import provide
from app.integrations.paddle import changes
from app.integrations.paddle.settings import PaddleSettings
from devtools.fakes.paddle import FakePaddle
from tests.conftest import ClientFor
from tests.integrations.paddle.conftest import PLANS, paddle_settings
from tests.integrations.paddle.examples import SUBSCRIPTION, buy, error_of

SCHEDULED = f"{SUBSCRIPTION}/scheduled-change"
RESUMPTIONS = f"{SUBSCRIPTION}/resumptions"
PREVIEWS = f"{SUBSCRIPTION}/previews"


def paid_for(paddle: FakePaddle, subscription_id: str) -> list[str]:
    """Return the totals of the completed transactions of a subscription."""
    return [
        thing["details"]["totals"]["total"]
        for key, thing in paddle.things.items()
        if key.startswith("txn_") and thing["subscription_id"] == subscription_id
    ]


async def test_a_plan_and_its_quantity_can_be_changed(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    changed = await ada.patch(SUBSCRIPTION, json={"plan": "team", "quantity": 3})
    assert changed.status_code == 200
    shown = changed.json()["data"]
    assert (shown["id"], shown["plan"], shown["items"][0]["quantity"]) == (bought, "team", 3)
    assert shown == (await ada.get(SUBSCRIPTION)).json()["data"]
    assert error_of(await guarded.get("/probes/pro")) == (403, "plan_required")
    assert len(paid_for(paddle, bought)) == 2


async def test_a_preview_tells_the_payments_and_changes_nothing(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    before = dict(paddle.things)
    order = {"plan": "team", "quantity": 3}
    preview = (await ada.post(PREVIEWS, json=order)).json()["data"]
    assert (preview["credit"], preview["charge"], preview["due_now"]) == (1900, 5700, 3800)
    assert (preview["due_next"], preview["recurring"]) == (5700, 5700)
    assert paddle.things == before
    await ada.patch(SUBSCRIPTION, json=order)
    assert paid_for(paddle, bought) == ["1900", str(preview["due_now"])]


async def test_the_interval_can_be_changed(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    bought = await buy(ada, paddle)
    prices = {"pro": ("pri_1", "pri_proyearly")}
    with_yearly = paddle_settings(paddle_plans=PLANS | prices)
    with provide(PaddleSettings, with_yearly):
        order = {"plan": "pro", "price_id": "pri_proyearly"}
        shown = (await ada.patch(SUBSCRIPTION, json=order)).json()["data"]
    end = datetime.fromisoformat(shown["current_period_ends_at"])
    assert end > datetime.now(UTC) + timedelta(days=300)
    assert paid_for(paddle, bought)[1:] == ["17100"]


async def test_a_repeated_change_is_paid_once(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    bought = await buy(ada, paddle)
    for _ in range(3):
        assert (await ada.patch(SUBSCRIPTION, json={"plan": "team", "quantity": 2})).is_success
    assert len(paid_for(paddle, bought)) == 2


async def test_the_same_change_at_once_is_paid_once(
    committed_database: AsyncEngine, ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    assert committed_database
    bought = await buy(ada, paddle)
    order = {"plan": "team", "quantity": 2}
    responses = await asyncio.gather(*(ada.patch(SUBSCRIPTION, json=order) for _ in range(5)))
    assert {response.status_code for response in responses} == {200}
    assert len(paid_for(paddle, bought)) == 2
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "team"


async def test_a_change_whose_response_is_lost_is_stored_by_its_event(
    ada: httpx2.AsyncClient, paddle: FakePaddle, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought = await buy(ada, paddle)

    async def die(*_: Any) -> None:
        message = "killed"
        raise RuntimeError(message)

    with monkeypatch.context() as patched:
        patched.setattr(changes, "_store", die)
        assert (await ada.patch(SUBSCRIPTION, json={"plan": "team"})).status_code == 500
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "team"
    assert (await ada.patch(SUBSCRIPTION, json={"plan": "team"})).status_code == 200
    assert len(paid_for(paddle, bought)) == 1  # both plans cost the same


async def test_events_that_come_late_do_not_undo_a_change(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    await buy(ada, paddle)
    paddle.deliveries = 0
    old = {**paddle.things}
    await ada.patch(SUBSCRIPTION, json={"plan": "team"})
    paddle.deliveries = 1
    for thing in old.values():
        if thing["id"].startswith("sub_"):
            paddle._note("subscription.updated", thing)
            paddle.outbox[-1]["occurred_at"] = thing["updated_at"]
    await paddle.deliver()
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "team"


async def test_a_declined_payment_changes_nothing(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    paddle.declines = True
    refused = await ada.patch(SUBSCRIPTION, json={"plan": "team", "quantity": 9})
    assert error_of(refused) == (409, "payment_declined")
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["plan"] == "pro"
    assert len(paid_for(paddle, bought)) == 1


async def test_add_ons_are_kept(ada: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    bought = await buy(ada, paddle)
    [item] = paddle.things[bought]["items"]
    addon = {**item, "quantity": 4, "price": {**item["price"], "id": "pri_addon"}}
    await paddle.change(bought, "updated", {"items": [*paddle.things[bought]["items"], addon]})
    shown = (await ada.patch(SUBSCRIPTION, json={"plan": "team"})).json()["data"]
    items = [(item["price_id"], item["quantity"]) for item in shown["items"]]
    assert items == [("pri_3", 1), ("pri_addon", 4)]


async def test_a_price_that_is_not_for_sale_any_more_can_be_replaced(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    [item] = paddle.things[bought]["items"]
    old = [{**item, "price": {**item["price"], "id": f"pri_old{n}"}} for n in range(2)]
    await paddle.change(bought, "updated", {"items": old})
    refused = await ada.patch(SUBSCRIPTION, json={"plan": "team"})
    assert error_of(refused) == (409, "not_changeable")
    await paddle.change(bought, "updated", {"items": old[:1]})
    shown = (await ada.patch(SUBSCRIPTION, json={"plan": "team"})).json()["data"]
    assert shown["price_ids"] == ["pri_3"]


async def test_a_trial_changes_without_a_payment(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    await paddle.change(bought, "trialing", {"status": "trialing"})
    assert (await ada.patch(SUBSCRIPTION, json={"plan": "team", "quantity": 5})).is_success
    assert len(paid_for(paddle, bought)) == 1


@pytest.mark.parametrize("action", ["cancel", "pause"])
async def test_a_scheduled_change_can_be_undone(
    ada: httpx2.AsyncClient, guarded: httpx2.AsyncClient, paddle: FakePaddle, action: str
) -> None:
    bought = await buy(ada, paddle)
    for _ in range(2):
        shown = (await ada.put(SCHEDULED, json={"action": action})).json()["data"]
        assert (shown["scheduled_change"], shown["is_active"]) == (action, True)
    refused = await ada.patch(SUBSCRIPTION, json={"plan": "team"})
    assert error_of(refused) == (409, "change_rejected")
    assert (await guarded.get("/probes/pro")).status_code == 200
    for _ in range(2):
        assert (await ada.delete(SCHEDULED)).status_code == 204
    assert (await ada.get(SUBSCRIPTION)).json()["data"]["scheduled_change"] is None
    assert paddle.things[bought]["scheduled_change"] is None
    assert (await ada.patch(SUBSCRIPTION, json={"plan": "team"})).status_code == 200


@pytest.mark.parametrize(("days", "payments"), [(5, 1), (-5, 2)])
async def test_a_paused_subscription_can_be_resumed(
    ada: httpx2.AsyncClient,
    guarded: httpx2.AsyncClient,
    paddle: FakePaddle,
    days: int,
    payments: int,
) -> None:
    bought = await buy(ada, paddle)
    now = datetime.now(UTC)
    times = (now - timedelta(days=20), now + timedelta(days=days))
    period = dict(zip(("starts_at", "ends_at"), (time.isoformat() for time in times), strict=True))
    paused = {"status": "paused", "current_billing_period": period}
    await paddle.change(bought, "paused", paused)
    assert error_of(await guarded.get("/probes/pro")) == (403, "plan_required")
    for _ in range(2):
        assert (await ada.post(RESUMPTIONS)).json()["data"]["is_active"] is True
    assert (await guarded.get("/probes/pro")).status_code == 200
    assert len(paid_for(paddle, bought)) == payments


async def test_a_paused_subscription_can_be_cancelled(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    await paddle.change(bought, "paused", {"status": "paused"})
    assert (await ada.put(SCHEDULED, json={"action": "cancel"})).status_code == 404
    assert paddle.things[bought]["status"] == "canceled"


async def test_a_past_due_subscription_leads_to_the_payment_method(
    ada: httpx2.AsyncClient, paddle: FakePaddle
) -> None:
    bought = await buy(ada, paddle)
    await paddle.fail_payment(bought)
    assert error_of(await ada.post(RESUMPTIONS)) == (409, "change_rejected")
    refused = await ada.patch(SUBSCRIPTION, json={"plan": "team"})
    assert error_of(refused) == (409, "change_rejected")
    links = (await ada.post("/api/v1/billing/portal-sessions")).json()["data"]
    assert f"action=cancel_subscription&subscription_id={bought}" in links["cancel_url"]
    assert "action=update_subscription_payment_method" in links["update_payment_method_url"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", SUBSCRIPTION, {"plan": "team"}),
        ("POST", PREVIEWS, {"plan": "team"}),
        ("PUT", SCHEDULED, {"action": "cancel"}),
        ("DELETE", SCHEDULED, None),
        ("POST", RESUMPTIONS, None),
    ],
)
async def test_the_subscription_of_another_user_cannot_be_changed(
    ada: httpx2.AsyncClient,
    client: httpx2.AsyncClient,
    client_for: ClientFor,
    paddle: FakePaddle,
    method: str,
    path: str,
    body: dict[str, str] | None,
) -> None:
    await buy(ada, paddle)
    before = dict(paddle.things)
    bob = await client_for("bob@example.com")
    assert error_of(await bob.request(method, path, json=body)) == (404, "subscription_not_found")
    assert (await client.request(method, path, json=body)).status_code == 401
    assert paddle.things == before


async def test_plans_are_listed_with_prices(client: httpx2.AsyncClient, paddle: FakePaddle) -> None:
    for _ in range(2):
        pro, team = (await client.get("/api/v1/billing/plans")).json()["data"]
        assert (pro["name"], team["name"]) == ("pro", "team")
        assert [price["id"] for price in pro["prices"]] == ["pri_1", "pri_2"]
        assert (team["prices"][0]["amount"], team["prices"][0]["interval"]) == (1900, "month")
        paddle.failures.append(500)  # the second time, Paddle is not asked


async def test_invoices_are_listed_with_their_pdf(
    ada: httpx2.AsyncClient, client_for: ClientFor, paddle: FakePaddle
) -> None:
    await buy(ada, paddle)
    await ada.patch(SUBSCRIPTION, json={"plan": "team", "quantity": 2})
    newest, oldest = (await ada.get("/api/v1/billing/invoices")).json()["data"]
    assert (newest["grand_total"], oldest["grand_total"]) == (1900, 1900)
    assert newest["invoice_number"] != oldest["invoice_number"]
    path = f"/api/v1/billing/invoices/{oldest['id']}/pdf"
    link = (await ada.get(path)).json()["data"]["url"]
    assert f"{oldest['invoice_number']}.pdf" in link
    bob = await client_for("bob@example.com")
    assert (await bob.get("/api/v1/billing/invoices")).json()["data"] == []
    assert error_of(await bob.get(path)) == (404, "invoice_not_found")
    paddle.things[oldest["id"]]["invoice_number"] = None
    assert error_of(await ada.get(path)) == (404, "invoice_not_found")
