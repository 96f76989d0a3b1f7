// Drive a fake Paddle with Paddle's own SDK.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { ApiError, Paddle } from "@paddle/paddle-node-sdk";

const { PADDLE_ADDRESS, PADDLE_API_KEY, PADDLE_WEBHOOK_SECRET, RECEIVER_PORT } = process.env;
const paddle = new Paddle(PADDLE_API_KEY, { environment: PADDLE_ADDRESS });
const refuses = (call, code) =>
  assert.rejects(call, (error) => error instanceof ApiError && error.code === code && !!error.detail);
const all = async (collection) => {
  const found = [];
  for await (const one of collection) found.push(one);
  return found;
};
const press = (url, body = "") =>
  fetch(url, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } });

// The service: it verifies and reads webhooks.
const events = [];
const receiver = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  try {
    assert.equal(request.headers["content-type"], "application/json");
    const signature = request.headers["paddle-signature"];
    const event = await paddle.webhooks.unmarshal(body, PADDLE_WEBHOOK_SECRET, signature);
    assert.ok(event.data.id);
    events.push(event);
    response.end();
  } catch (error) {
    events.push(error);
    response.writeHead(500).end();
  }
});
await new Promise((done) => receiver.listen(Number(RECEIVER_PORT), "127.0.0.1", done));

// The catalogue.
assert.equal((await paddle.prices.get("pri_promonthly")).unitPrice.amount, "1900");
const prices = await all(paddle.prices.list());
assert.deepEqual(prices.map((one) => one.id).sort(), ["pri_promonthly", "pri_proyearly"]);
assert.equal((await all(paddle.products.list())).length, 2);
assert.ok((await paddle.products.get("pro_promonthly")).name);

// Customers.
const ada = await paddle.customers.create({ email: "ada@example.com", customData: { a: 1 } });
await refuses(paddle.customers.create({ email: "ADA@example.com" }), "customer_already_exists");
await paddle.customers.update(ada.id, { name: "Ada" });
assert.deepEqual((await paddle.customers.get(ada.id)).customData, { a: 1 });
assert.equal((await all(paddle.customers.list({ email: ["ada@example.com"] })))[0].name, "Ada");
await refuses(paddle.customers.get("ctm_missing"), "not_found");

// A transaction that is changed, declined and paid.
const items = [{ priceId: "pri_promonthly", quantity: 2 }];
const sale = await paddle.transactions.create({ customerId: ada.id, items });
assert.deepEqual([sale.details.totals.total, sale.items[0].quantity], ["3800", 2]);
await paddle.transactions.update(sale.id, { items: [{ priceId: "pri_promonthly", quantity: 3 }] });
await press(sale.checkout.url, "decline=1");
assert.equal((await paddle.transactions.get(sale.id)).payments[0].status, "error");
await press(sale.checkout.url);
const paid = await paddle.transactions.get(sale.id);
assert.deepEqual([paid.status, paid.details.totals.grandTotal], ["completed", "5700"]);
const invoice = await paddle.transactions.getInvoicePDF(sale.id);
assert.equal((await (await fetch(invoice.url)).text()).slice(0, 5), "%PDF-");
await refuses(paddle.transactions.update(sale.id, { items }), "transaction_immutable");
const { subscriptionId } = paid;
assert.equal((await all(paddle.transactions.list({ subscriptionId: [subscriptionId] }))).length, 1);

// The subscription.
const subscription = await paddle.subscriptions.get(subscriptionId);
assert.deepEqual([subscription.status, subscription.items[0].quantity], ["active", 3]);
assert.equal((await all(paddle.subscriptions.list({ customerId: [ada.id] }))).length, 1);
const yearly = {
  items: [{ priceId: "pri_proyearly", quantity: 1 }],
  prorationBillingMode: "prorated_immediately",
};
const preview = await paddle.subscriptions.previewUpdate(subscriptionId, yearly);
assert.equal(preview.updateSummary.charge.amount, "19000");
assert.ok(preview.immediateTransaction.details.totals.total);
const changed = await paddle.subscriptions.update(subscriptionId, yearly);
assert.equal(changed.billingCycle.interval, "year");
const cancelled = await paddle.subscriptions.cancel(subscriptionId, { effectiveFrom: "next_billing_period" });
assert.equal(cancelled.scheduledChange.action, "cancel");
await refuses(paddle.subscriptions.update(subscriptionId, yearly), "subscription_locked_pending_changes");
await paddle.subscriptions.update(subscriptionId, { scheduledChange: null });
await paddle.subscriptions.pause(subscriptionId, { effectiveFrom: "immediately" });
const resumed = await paddle.subscriptions.resume(subscriptionId, {
  effectiveFrom: "immediately", onResume: "continue_existing_billing_period",
});
assert.equal(resumed.status, "active");
const portal = await paddle.customerPortalSessions.create(ada.id, [subscriptionId]);
assert.ok(portal.urls.subscriptions[0].cancelSubscription);

// A refund, and the end.
const refund = await paddle.adjustments.create({
  action: "refund", type: "full", reason: "twice", transactionId: sale.id,
});
assert.equal(refund.totals.total, "5700");
await paddle.subscriptions.cancel(subscriptionId, { effectiveFrom: "immediately" });
await refuses(paddle.subscriptions.pause(subscriptionId, {}), "subscription_is_canceled_action_invalid");

// Events, as a list and as webhooks, which arrive more than once and out of order.
const kinds = new Set((await all(paddle.events.list())).map((event) => event.eventType));
for (const kind of ["customer.created", "transaction.payment_failed", "subscription.canceled"]) {
  assert.ok(kinds.has(kind), kind);
}
assert.deepEqual(events.filter((event) => event instanceof Error), []);
assert.deepEqual(new Set(events.map((event) => event.eventType)), kinds);
for (const number of [1, 2, 3]) await paddle.customers.create({ email: `${number}@example.com` });
assert.equal((await all(paddle.customers.list({ perPage: 2 }))).length, 4);

// What the fake does not do, it says.
await refuses(all(paddle.discounts.list()), "not_found");
await refuses(all(paddle.transactions.list({ origin: ["api"] })), "bad_request");
receiver.close();
