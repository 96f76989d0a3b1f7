"""The pages of a fake Paddle for people: checkout, portal and invoices."""

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from devtools.fakes.paddle_account import ApiError, attempt_of
from devtools.fakes.paddle_catalogue import Entity, price_of, product_of
from devtools.fakes.paddle_subscriptions import PaddleSubscriptions

# The smallest document that readers open: one page with one line of text.
PDF = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R
/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj
4 0 obj<</Length {length}>>stream
{text}
endstream endobj
trailer<</Root 1 0 R>>
%%EOF
"""


class PaddlePages(PaddleSubscriptions):
    """An account with its pages."""

    async def _show_home(self, _: Request) -> Response:
        rows = [
            f'<li><a href="/checkout/{escape(one["id"])}">{escape(one["id"])}</a>: '
            f"{escape(one['status'])}, {_items_of(one)}</li>"
            for one in reversed(self._all("transactions"))
        ]
        return _show("Transactions", f"<ul>{''.join(rows)}</ul>" if rows else "None yet.")

    async def _show_checkout(self, request: Request) -> Response:
        transaction = self._find(request, "transactions")
        customer = self.things.get(str(transaction["customer_id"]), {})
        who = escape(str(customer.get("email", "customer@example.com")))
        what = f"<p>{_items_of(transaction)} for {who}</p>"
        if transaction["status"] == "completed":
            return _show("Paid", f"{what}<p>Go back to your application.</p>")
        declined = "<p>The payment was declined.</p>" if transaction["payments"] else ""
        buttons = "<button>Pay</button> <button name=decline value=1>Decline</button>"
        return _show("Checkout", f"{what}{declined}<form method=post>{buttons}</form>")

    async def _pay(self, request: Request) -> Response:
        transaction = self._find(request, "transactions")
        if await _pressed(request, "decline"):
            await self._decline(transaction)
        elif transaction["status"] != "completed":
            await self.pay(transaction["id"])
        return RedirectResponse(request.url, status_code=303)

    async def _decline(self, transaction: Entity) -> None:
        attempts = [attempt_of(transaction, "error"), *transaction["payments"]]
        failed = transaction | {"payments": attempts}
        self._note("transaction.payment_failed", self._put(failed))
        await self.deliver()

    async def _show_portal(self, request: Request) -> Response:
        customer = self._find(request, "customers")
        rows = [
            f"<li>{escape(one['id'])}: {_items_of(one)}, {escape(one['status'])} "
            f'<form method=post><button name=id value="{escape(one["id"])}">Cancel</button></form>'
            for one in self._all("subscriptions")
            if one["customer_id"] == customer["id"]
        ]
        return _show("Your subscriptions", f"<ul>{''.join(rows)}</ul>")

    async def _cancel_in_portal(self, request: Request) -> Response:
        subscription_id = await _pressed(request, "id")
        if subscription_id in self.things:
            await self.cancel(subscription_id, immediately=True)
        return RedirectResponse(request.url, status_code=303)

    async def _download_invoice(self, request: Request) -> Response:
        number = request.path_params["number"]
        for one in self._all("transactions"):
            if one["invoice_number"] == number:
                amount = int(one["details"]["totals"]["total"]) / 100
                line = f"Fake Paddle: invoice {number}, {amount:.2f} USD"
                text = f"BT /F 14 Tf 20 100 Td ({line}) Tj ET"
                pdf = PDF.format(length=len(text), text=text)
                return Response(pdf.encode(), media_type="application/pdf")
        raise ApiError(404, "not_found", f"Invoice {number} not found")


async def _pressed(request: Request, name: str) -> str:
    """Return the value of the button of a form that was pressed; empty if it was another."""
    return dict(parse_qsl((await request.body()).decode())).get(name, "")


def _items_of(thing: Entity) -> str:
    """Return the plans that are sold and their amounts, as HTML."""
    lines: list[str] = []
    for item in thing["items"]:
        price, quantity = price_of(item["price"]["id"]), item["quantity"]
        plan, interval = product_of(price["product_id"])["name"], price["name"].lower()
        amount = int(price["unit_price"]["amount"]) * quantity / 100
        lines.append(f"{quantity} of {plan}, {interval}: {amount:.2f} USD")
    return escape("; ".join(lines))


def _show(title: str, text: str) -> Response:
    return HTMLResponse(f"<!doctype html><title>{title}</title><h1>Fake Paddle: {title}</h1>{text}")
