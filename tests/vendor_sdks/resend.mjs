// Drive a fake Resend with Resend's own SDK.
import assert from "node:assert/strict";
import { Resend } from "resend";

const resend = new Resend(process.env.RESEND_API_KEY, { baseUrl: process.env.RESEND_API_URL });
const pause = () => new Promise((after) => setTimeout(after, 120)); // It accepts ten requests a second.
const done = async (call) => {
  const { data, error } = await call;
  await pause();
  assert.equal(error, null);
  return data;
};
const refuses = async (call, name, message) => {
  const { data, error } = await call;
  await pause();
  assert.equal(data, null);
  assert.equal(error.name, name);
  assert.match(error.message, message);
};
const mail = { from: "Shop <shop@example.com>", to: "ada@example.com", subject: "Hello", text: "Hi" };

// One mail, once for the same key.
const { id } = await done(resend.emails.send(mail, { idempotencyKey: "one" }));
assert.equal((await done(resend.emails.send(mail, { idempotencyKey: "one" }))).id, id);
const other = { ...mail, subject: "Bye" };
await refuses(resend.emails.send(other, { idempotencyKey: "one" }), "invalid_idempotent_request", /./);
const known = await done(resend.emails.get(id));
assert.deepEqual([known.subject, known.to, known.text], ["Hello", ["ada@example.com"], "Hi"]);
await refuses(resend.emails.get("missing"), "not_found", /Email/);
await refuses(resend.emails.send({ ...mail, to: "ada" }), "validation_error", /`to`/);

// Several at once, all or none, or those that are right.
const batch = await done(resend.batch.send([mail, { ...mail, subject: "Two" }]));
assert.equal(batch.data.length, 2);
const wrong = [mail, { ...mail, from: "x" }];
await refuses(resend.batch.send(wrong), "validation_error", /`from`/);
const part = await done(resend.batch.send(wrong, { batchValidation: "permissive" }));
assert.deepEqual([part.data.length, part.errors[0].index], [1, 1]);

// Scheduled, postponed and cancelled.
const later = await done(resend.emails.send({ ...mail, scheduledAt: "2099-01-01T00:00:00Z" }));
await done(resend.emails.update({ id: later.id, scheduledAt: "2099-02-01T00:00:00Z" }));
await done(resend.emails.cancel(later.id));
assert.equal((await done(resend.emails.get(later.id))).last_event, "canceled");
await refuses(resend.emails.cancel(id), "validation_error", /not scheduled/);

// Listed, the newest first, page by page.
const first = await done(resend.emails.list({ limit: 3 }));
assert.deepEqual([first.data[0].id, first.has_more], [later.id, true]);
const second = await done(resend.emails.list({ limit: 3, after: first.data[2].id }));
assert.deepEqual([second.data.at(-1).id, second.has_more], [id, false]);
const back = await done(resend.emails.list({ limit: 3, before: second.data[0].id }));
assert.deepEqual(back.data.map((one) => one.id), first.data.map((one) => one.id));

// A template.
const html = "<p>Hello {{{NAME}}} from {{{SHOP}}}</p>";
const variables = [{ key: "NAME", type: "string" }, { key: "SHOP", type: "string", fallbackValue: "us" }];
const made = { name: "welcome", alias: "hello", subject: "For {{{NAME}}}", html, variables };
const template = await done(resend.templates.create(made));
const use = { from: mail.from, to: mail.to, template: { id: "hello", variables: { NAME: "Ada" } } };
await refuses(resend.emails.send(use), "validation_error", /not published/);
await done(resend.templates.publish(template.id));
const filled = await done(resend.emails.get((await done(resend.emails.send(use))).id));
assert.deepEqual([filled.subject, filled.html], ["For Ada", "<p>Hello Ada from us</p>"]);
const lacking = { ...use, template: { id: "hello", variables: {} } };
await refuses(resend.emails.send(lacking), "validation_error", /NAME/);
await done(resend.templates.update("hello", { name: "greeting" }));
assert.equal((await done(resend.templates.get(template.id))).name, "greeting");
assert.equal((await done(resend.templates.list())).data.length, 1);
await done(resend.templates.remove(template.id));
await refuses(resend.templates.get("hello"), "not_found", /Template/);

// What the fake does not do, it says.
await refuses(resend.domains.list(), "not_found", /this fake does not support GET \/domains/);
await refuses(new Resend("re_wrong", { baseUrl: process.env.RESEND_API_URL }).emails.send(mail), "invalid_api_key", /./);
