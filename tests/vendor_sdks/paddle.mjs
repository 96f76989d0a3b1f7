// Drive a fake of Paddle with Paddle's own SDK, and receive its webhooks.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { ApiError, Paddle } from "@paddle/paddle-node-sdk";

const { PADDLE_API_URL: api, PADDLE_API_KEY: key, PADDLE_WEBHOOK_SECRET: secret } = process.env;
const paddle = new Paddle(key, { environment: api, logLevel: "none" });
const priceId = "pri_promonthly";
const all = async (collection) => {
  const found = [];
  for await (const one of collection) found.push(one);
  return found;
};
const refused = (code) => (error) => error instanceof ApiError && error.code === code;

const events = [];
const receiver = createServer(async (request, response) => {
  try {
    const body = Buffer.concat(await request.toArray()).toString();
    assert.equal(request.headers["content-type"], "application/json");
    events.push(await paddle.webhooks.unmarshal(body, secret, request.headers["paddle-signature"]));
  } catch (error) {
    events.push(error);
  }
  response.end();
});
await new Promise((resolve) => receiver.listen(Number(process.env.WEBHOOK_PORT), "127.0.0.1", resolve));

// The catalog.
const prices = await all(paddle.prices.list({ include: ["product"] }));
assert.ok(prices.some((price) => price.id === priceId && price.product.name === "pro"));
const price = await paddle.prices.get(priceId);
assert.deepEqual([price.unitPrice.amount, price.billingCycle.interval], ["1900", "month"]);
assert.equal((await paddle.prices.list({ id: ["pri_x"] }).next())[0].id, "pri_x");
const product = await paddle.products.get(price.productId, { include: ["prices"] });
assert.equal(product.prices[0].id, priceId);
assert.ok((await all(paddle.products.list())).length >= 2);

// Customers.
const email = "node@example.com";
const customer = await paddle.customers.create({ email, customData: { userId: "1" } });
await assert.rejects(paddle.customers.create({ email: email.toUpperCase() }), refused("customer_already_exists"));
const changed = await paddle.customers.update(customer.id, { name: "Ada", locale: "de" });
assert.deepEqual([changed.name, changed.marketingConsent], ["Ada", false]);
assert.equal((await paddle.customers.get(customer.id)).email, email);
assert.equal((await all(paddle.customers.list({ email: [email] }))).length, 1);
await paddle.customers.create({ email: "second.node@example.com" });
const pages = paddle.customers.list({ perPage: 1, orderBy: "id[ASC]" });
assert.equal((await pages.next()).length, 1);
assert.ok(pages.hasMore);
assert.ok((await all(pages)).length >= 1);
await assert.rejects(paddle.customers.get("ctm_missing"), refused("not_found"));

// A transaction: declined, then paid on its page.
const items = [{ priceId, quantity: 3 }];
await assert.rejects(
  paddle.transactions.create({ items: [{ priceId, quantity: 0 }] }),
  (error) => refused("bad_request")(error) && error.errors[0].field === "items.0.quantity");
const transaction = await paddle.transactions.create({ items, customerId: customer.id });
assert.equal(transaction.details.totals.total, "5700");
assert.equal(transaction.details.lineItems[0].product.name, "pro");
await assert.rejects(
  paddle.transactions.getInvoicePDF(transaction.id), refused("transaction_invoice_not_found"));
const checkout = async (body) => {
  const page = await fetch(transaction.checkout.url, { method: "POST", body: new URLSearchParams(body) });
  return page.text();
};
assert.match(await (await fetch(transaction.checkout.url)).text(), /3 of pro, monthly: 57.00 USD/);
assert.match(await checkout({ decline: "1" }), /declined/);
assert.equal((await paddle.transactions.get(transaction.id)).payments[0].status, "error");
assert.match(await checkout({}), /<title>Paid/);
const paid = await paddle.transactions.get(transaction.id, { include: ["customer"] });
assert.deepEqual([paid.status, paid.payments[0].status, paid.customer.id], ["completed", "captured", customer.id]);
const { url } = await paddle.transactions.getInvoicePDF(paid.id);
assert.match(await (await fetch(url)).text(), /^%PDF[^]*57.00 USD/);
await assert.rejects(paddle.transactions.update(paid.id, { items }), refused("transaction_immutable"));
const other = await paddle.transactions.create({ items, customerId: customer.id });
assert.equal((await paddle.transactions.update(other.id, { items: [{ priceId, quantity: 1 }] })).details.totals.total, "1900");
assert.equal((await paddle.transactions.update(other.id, { status: "canceled" })).status, "canceled");
const own = { customerId: [customer.id] };
assert.equal((await all(paddle.transactions.list({ ...own, status: ["completed"] }))).length, 1);
assert.equal((await all(paddle.transactions.list({ ...own, "createdAt[GT]": "2100-01-01T00:00:00Z" }))).length, 0);

// Its subscription: changed, paused, resumed, canceled.
const [subscription] = await all(paddle.subscriptions.list({ ...own, priceId: [priceId] }));
assert.deepEqual([subscription.items[0].quantity, subscription.items[0].product.name], [3, "pro"]);
const { id } = subscription;
assert.ok((await paddle.subscriptions.get(id)).managementUrls.cancel);
const change = { items: [{ priceId: "pri_teammonthly", quantity: 5 }], prorationBillingMode: "prorated_immediately" };
const preview = await paddle.subscriptions.previewUpdate(id, change);
assert.equal(preview.updateSummary.result.action, "charge");
assert.equal(preview.recurringTransactionDetails.totals.total, "9500");
assert.equal((await paddle.subscriptions.update(id, change)).items[0].quantity, 5);
await assert.rejects(
  paddle.subscriptions.update(id, { items }),
  refused("subscription_items_update_missing_proration_billing_mode"));
const later = await paddle.subscriptions.pause(id, {});
assert.equal(later.scheduledChange.action, "pause");
assert.equal((await paddle.subscriptions.update(id, { scheduledChange: null })).scheduledChange, null);
assert.equal((await paddle.subscriptions.pause(id, { effectiveFrom: "immediately" })).status, "paused");
assert.equal((await paddle.subscriptions.resume(id, { effectiveFrom: "immediately" })).status, "active");
assert.equal((await paddle.subscriptions.cancel(id)).scheduledChange.action, "cancel");
assert.equal((await paddle.subscriptions.cancel(id, { effectiveFrom: "immediately" })).status, "canceled");
await assert.rejects(paddle.subscriptions.cancel(id), refused("subscription_is_canceled_action_invalid"));
const portal = await paddle.customerPortalSessions.create(customer.id, [id]);
assert.match(await (await fetch(portal.urls.general.overview)).text(), /canceled/);

// Refunded; everything is among the events and was sent.
const refund = { action: "refund", type: "full", reason: "error", transactionId: paid.id };
assert.equal((await paddle.adjustments.create(refund)).status, "pending_approval");
assert.equal((await all(paddle.adjustments.list({ transactionId: [paid.id] }))).length, 1);
const listed = await all(paddle.events.list({ perPage: 5, orderBy: "id[ASC]" }));
assert.ok(listed.some((event) => event.eventType === "adjustment.created"));
assert.deepEqual(events.filter((event) => event instanceof Error), []);
const received = new Set(events.map((event) => event.eventType));
for (const kind of ["created", "activated", "updated", "paused", "resumed", "canceled"]) {
  assert.ok(received.has(`subscription.${kind}`), kind);
}
for (const kind of ["created", "payment_failed", "completed", "canceled"]) {
  assert.ok(received.has(`transaction.${kind}`), kind);
}

// Unsupported calls are refused in Paddle's format.
await assert.rejects(
  paddle.discounts.list().next(),
  (error) => refused("not_found")(error) && /does not support GET \/discounts/.test(error.detail));
await assert.rejects(new Paddle("pdl_other", { environment: api }).prices.get(priceId), refused("forbidden"));
receiver.close();
receiver.closeAllConnections();
