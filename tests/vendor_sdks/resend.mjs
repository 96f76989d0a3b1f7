// Drive a fake of Resend with Resend's own SDK, and receive its webhooks.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Resend } from "resend";

const resend = new Resend(process.env.RESEND_API_KEY, { baseUrl: process.env.RESEND_API_URL });
const settled = async (call) => {
  // The limit of requests a second is Resend's own.
  for (;;) {
    const { data, error } = await call();
    if (error?.name !== "rate_limit_exceeded") return { data, error };
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
};
const done = async (call) => {
  const { data, error } = await settled(call);
  assert.equal(error, null);
  return data;
};
const refused = async (status, name, call) => {
  const { error } = await settled(call);
  assert.deepEqual([error?.statusCode, error?.name], [status, name]);
  return error.message;
};

const events = [];
const receiver = createServer(async (request, response) => {
  const payload = Buffer.concat(await request.toArray()).toString();
  const header = (name) => request.headers[`svix-${name}`];
  const headers = { id: header("id"), timestamp: header("timestamp"), signature: header("signature") };
  try {
    events.push(resend.webhooks.verify({ payload, headers, webhookSecret: process.env.RESEND_WEBHOOK_SECRET }));
  } catch (error) {
    events.push({ type: String(error) });
  }
  response.end();
});
await new Promise((resolve) => receiver.listen(Number(process.env.WEBHOOK_PORT), "127.0.0.1", resolve));

// Sent once for a key, and shown.
const mail = {
  from: "Acme <a@example.com>", to: "node@example.com", cc: ["c@example.com"], replyTo: "r@example.com",
  subject: "Hi", text: "See https://example.com/a?b=1&c=2.", html: "<p>Hi</p>",
  tags: [{ name: "kind", value: "test" }],
};
const { id } = await done(() => resend.emails.send(mail, { idempotencyKey: "node-1" }));
assert.equal((await done(() => resend.emails.send(mail, { idempotencyKey: "node-1" }))).id, id);
await refused(409, "invalid_idempotent_request", () =>
  resend.emails.send({ ...mail, subject: "Other" }, { idempotencyKey: "node-1" }));
await refused(422, "validation_error", () => resend.emails.send({ ...mail, to: "nobody" }));
const shown = await done(() => resend.emails.get(id));
assert.deepEqual([shown.object, shown.to, shown.cc, shown.reply_to, shown.tags],
  ["email", [mail.to], mail.cc, [mail.replyTo], mail.tags]);
assert.ok(["queued", "sent", "delivered"].includes(shown.last_event));
await refused(404, "not_found", () => resend.emails.get("00000000-0000-0000-0000-000000000000"));
const mailbox = await (await fetch(process.env.RESEND_API_URL)).text();
assert.ok(mailbox.includes('<a href="https://example.com/a?b=1&amp;c=2">'));

// In batches.
const three = [1, 2, 3].map((number) => ({ ...mail, subject: `Batch ${number}` }));
assert.equal((await done(() => resend.batch.send(three))).data.length, 3);
await refused(422, "validation_error", () => resend.batch.send([mail, { ...mail, to: "nobody" }]));
const mixed = [{ ...mail, to: "nobody" }, mail];
const permissive = await done(() => resend.batch.send(mixed, { batchValidation: "permissive" }));
assert.deepEqual([permissive.data.length, permissive.errors[0].index], [1, 0]);

// Scheduled, moved, and canceled.
const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
const later = await done(() => resend.emails.send({ ...mail, scheduledAt }));
assert.equal((await done(() => resend.emails.get(later.id))).last_event, "scheduled");
await done(() => resend.emails.update({ id: later.id, scheduledAt: "in 2 hours" }));
assert.equal((await done(() => resend.emails.cancel(later.id))).object, "email");
assert.equal((await done(() => resend.emails.get(later.id))).last_event, "canceled");
await refused(422, "validation_error", () => resend.emails.cancel(id));

// Listed page by page, newest first.
const listed = await done(() => resend.emails.list({ limit: 2 }));
assert.deepEqual([listed.data.length, listed.has_more, listed.data[0].id], [2, true, later.id]);
const more = await done(() => resend.emails.list({ limit: 100, after: listed.data[1].id }));
assert.deepEqual([more.has_more, more.data.at(-1).object], [false, undefined]);
const before = await done(() => resend.emails.list({ before: more.data[0].id }));
assert.deepEqual(before.data.map((one) => one.id), listed.data.map((one) => one.id));

// Templates.
const variables = [{ key: "NAME", type: "string" }, { key: "PLAN", type: "string", fallbackValue: "free" }];
const template = await done(() => resend.templates.create({
  name: "Welcome", alias: "welcome-node", subject: "Hi {{{NAME}}}", html: "<p>{{{NAME}}}: {{{PLAN}}}</p>", variables,
}));
const fromTemplate = (values) => resend.emails.send({
  from: mail.from, to: mail.to, template: { id: "welcome-node", variables: values },
});
await refused(422, "validation_error", () => fromTemplate({ NAME: "Ada" }));
await done(() => resend.templates.publish(template.id));
await refused(422, "validation_error", () => fromTemplate({}));
const filled = await done(() => fromTemplate({ NAME: "Ada" }));
const sent = await done(() => resend.emails.get(filled.id));
assert.deepEqual([sent.subject, sent.html], ["Hi Ada", "<p>Ada: free</p>"]);
await done(() => resend.templates.update(template.id, { name: "Hello" }));
const copy = await done(() => resend.templates.duplicate(template.id));
assert.equal((await done(() => resend.templates.get(copy.id))).name, "Hello (Copy)");
assert.equal((await done(() => resend.templates.list())).data.length, 2);
assert.equal((await done(() => resend.templates.remove(copy.id))).deleted, true);
await done(() => resend.templates.remove(template.id));

// Unsupported calls are refused in Resend's format, and so is another key.
assert.match(await refused(404, "not_found", () => resend.domains.list()), /does not support GET \/domains/);
const other = new Resend("re_other", { baseUrl: process.env.RESEND_API_URL });
await refused(403, "invalid_api_key", () => other.emails.list());

const deadline = Date.now() + 10_000;
while (!events.some((event) => event.type === "email.scheduled") && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const kinds = new Set(events.map((event) => event.type));
assert.deepEqual([...kinds].sort(), ["email.delivered", "email.scheduled", "email.sent"]);
receiver.close();
receiver.closeAllConnections();
