"""The part of a fake Paddle that changes subscriptions: plan, preview, cancellation, pause.

It prorates by the share of the period that is left, and refuses in the states in which Paddle does:
https://developer.paddle.com/errors/overview.
"""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from devtools.fakes.paddle_account import (
    MONTH,
    YEAR,
    ApiError,
    PaddleAccount,
    as_text,
    now_text,
    read_body,
    read_items,
    schedule,
    subscribed,
    write_response,
)
from devtools.fakes.paddle_catalogue import Entity, amount_of, details_of, money, totals_of

PRORATIONS = {
    "prorated_immediately",
    "prorated_next_billing_period",
    "full_immediately",
    "full_next_billing_period",
    "do_not_bill",
}


class PaddleSubscriptions(PaddleAccount):
    """An account whose subscriptions can be changed."""

    async def _update(self, request: Request) -> Response:
        subscription, change = await self._read_change(request)
        mode = change.pop("proration_billing_mode", None)
        summary = _prorate(subscription, change, mode)
        is_due = mode in {"prorated_immediately", "full_immediately"} and summary["due"] > 0
        if is_due and self.declines:
            raise ApiError(400, "subscription_payment_declined", "payment declined")
        if is_due:
            self._bill(subscription, summary["due"])
        if "items" in change:
            change |= _period_of(subscription, change["items"])
            change["items"] = subscribed(change["items"])
        return write_response(await self.change(subscription["id"], "updated", change))

    async def _preview(self, request: Request) -> Response:
        subscription, change = await self._read_change(request)
        mode = change.pop("proration_billing_mode", None)
        summary = _prorate(subscription, change, mode)
        changed = {**subscription, **change}
        changed["items"] = subscribed(changed["items"])
        recurring = details_of(changed["items"])
        now = mode in {"prorated_immediately", "full_immediately"}
        due = recurring | {"totals": totals_of(max(summary["due"], 0))}
        full = amount_of(changed["items"])
        later = recurring | {"totals": totals_of(full if now else full + max(summary["due"], 0))}
        period = subscription["current_billing_period"]
        changed |= {
            "recurring_transaction_details": recurring,
            "immediate_transaction": _planned(due, period) if now else None,
            "next_transaction": _planned(later, period),
            "update_summary": {
                "credit": money(summary["credit"]),
                "charge": money(summary["charge"]),
                "result": money(abs(summary["due"]))
                | {"action": "charge" if summary["due"] >= 0 else "credit"},
            },
        }
        del changed["id"]
        return write_response(changed)

    async def _read_change(self, request: Request) -> tuple[Entity, Entity]:
        subscription, change = self._find(request, "subscriptions"), await read_body(request)
        _refuse_ended(subscription)
        if change.get("scheduled_change"):
            detail = "You can only set the `scheduled_change` field to `null`."
            raise ApiError(400, "subscription_scheduled_change_invalid_update", detail)
        if "items" not in change:
            return subscription, change
        if subscription["scheduled_change"]:
            detail = "cannot update subscription, pending scheduled changes"
            raise ApiError(400, "subscription_locked_pending_changes", detail)
        if subscription["status"] == "past_due":
            detail = "cannot update subscription due to an outstanding transaction"
            raise ApiError(409, "subscription_outstanding_transaction", detail)
        if change.get("proration_billing_mode") not in PRORATIONS:
            detail = "proration_billing_mode is required when updating subscription items"
            raise ApiError(400, "subscription_items_update_missing_proration_billing_mode", detail)
        return subscription, change | {"items": read_items(change["items"])}

    def _bill(self, subscription: Entity, amount: int) -> None:
        transaction = self._add_transaction(subscription["customer_id"], subscription["items"])
        done = {
            "status": "completed",
            "origin": "subscription_update",
            "subscription_id": subscription["id"],
            "billed_at": now_text(),
            "invoice_number": self._next_invoice(),
            "details": transaction["details"] | {"totals": totals_of(amount)},
        }
        self._note("transaction.completed", self._put(transaction | done))

    async def _cancel(self, request: Request) -> Response:
        subscription, body = self._find(request, "subscriptions"), await read_body(request)
        _refuse_ended(subscription)
        now = body.get("effective_from") == "immediately" or subscription["status"] == "paused"
        await self.cancel(subscription["id"], immediately=now)
        return write_response(self.things[subscription["id"]])

    async def _pause(self, request: Request) -> Response:
        subscription, body = self._find(request, "subscriptions"), await read_body(request)
        _refuse_ended(subscription)
        if subscription["status"] != "active":
            detail = f"cannot pause subscription with status {subscription['status']}"
            raise ApiError(400, "subscription_cannot_be_paused", detail)
        if body.get("effective_from") == "immediately":
            change: Entity = {"status": "paused", "paused_at": now_text(), "next_billed_at": None}
            event = "paused"
        else:
            change, event = {"scheduled_change": schedule("pause", subscription)}, "updated"
        return write_response(await self.change(subscription["id"], event, change))

    async def _resume(self, request: Request) -> Response:
        subscription, body = self._find(request, "subscriptions"), await read_body(request)
        _refuse_ended(subscription)
        if subscription["status"] != "paused":
            detail = "subscription is not paused"
            raise ApiError(400, "subscription_not_paused", detail)
        period, now = subscription["current_billing_period"], datetime.now(UTC)
        change: Entity = {"status": "active", "paused_at": None, "scheduled_change": None}
        if body.get("on_resume") == "continue_existing_billing_period":
            if period is None or datetime.fromisoformat(period["ends_at"]) < now:
                code = "subscription_continuing_existing_billing_period_not_allowed"
                raise ApiError(400, code, "Subscription existing billing period has ended")
            change |= {"next_billed_at": period["ends_at"]}
        elif self.declines:
            raise ApiError(400, "subscription_payment_declined", "payment declined")
        else:
            self._bill(subscription, amount_of(subscription["items"]))
            end = as_text(now + _length_of(subscription["items"]))
            change |= {"current_billing_period": {"starts_at": as_text(now), "ends_at": end}}
            change |= {"next_billed_at": end}
        return write_response(await self.change(subscription["id"], "resumed", change))


def _refuse_ended(subscription: Entity) -> None:
    if subscription["status"] == "canceled":
        detail = "action can't be performed on canceled subscription"
        raise ApiError(400, "subscription_is_canceled_action_invalid", detail)


def _prorate(subscription: Entity, change: Entity, mode: str | None) -> dict[str, int]:
    """Return the credit, the charge and the amount due of a change of items."""
    if "items" not in change or mode == "do_not_bill":
        return {"credit": 0, "charge": 0, "due": 0}
    period = subscription["current_billing_period"]
    start, end = (datetime.fromisoformat(period[name]) for name in ("starts_at", "ends_at"))
    share = (end - datetime.now(UTC)) / (end - start) if str(mode).startswith("prorated") else 1
    old, new = amount_of(subscription["items"]), amount_of(change["items"])
    starts_anew = _length_of(change["items"]) != _length_of(subscription["items"])
    credit, charge = round(old * share), round(new if starts_anew else new * share)
    return {"credit": credit, "charge": charge, "due": charge - credit}


def next_transaction_of(subscription: Entity) -> Entity | None:
    """Return the payment at the end of the period; `None` if there will be none."""
    if subscription["status"] != "active" or subscription["scheduled_change"]:
        return None
    return _planned(details_of(subscription["items"]), subscription["current_billing_period"])


def _planned(details: Entity, period: Entity) -> Entity:
    return {"details": details, "billing_period": period, "adjustments": []}


def _length_of(items: list[Entity]) -> timedelta:
    return YEAR if items[0]["price"]["billing_cycle"]["interval"] == "year" else MONTH


def _period_of(subscription: Entity, items: list[Entity]) -> Entity:
    """Return the new period, if the interval changes."""
    cycle = {"billing_cycle": items[0]["price"]["billing_cycle"]}
    if _length_of(items) == _length_of(subscription["items"]):
        return cycle
    now = datetime.now(UTC)
    end = as_text(now + _length_of(items))
    period = {"starts_at": as_text(now), "ends_at": end}
    return cycle | {"current_billing_period": period, "next_billed_at": end}
