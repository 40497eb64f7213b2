import assert from "node:assert/strict";
import { test } from "node:test";

import { IDBFactory } from "fake-indexeddb";

import { DeadlineExceeded, Forbidden, IdempotencyKeyReused, Journal, JournalKeyError, RateLimited, Recorder, TillClient } from "../src/index.js";
import { refusal, service, success } from "./service.js";

/** @type {import("../src/types.d.ts").EventBody} */
const EVENT = { event_type: "check_in", attributes: { source: "kiosk" } };
const recorded = () => ({ status: 201, body: success({ status: "registered", event: {} }) });
const token = () => "a-token";
const KEY = new Uint8Array(32).fill(7);

/**
 * @param {import("node:test").TestContext} t
 * @param {Parameters<typeof service>[0]} answer
 */
async function till(t, answer) {
  const { baseUrl, seen } = await service(answer, t);
  const journal = await Journal.open("journal", { indexedDB: new IDBFactory() });
  const client = new TillClient({ baseUrl, token });
  return { client, journal, recorder: new Recorder(client, journal), seen };
}

/** @param {{headers: import("node:http").IncomingHttpHeaders}[]} seen */
const keys = (seen) => seen.map((each) => each.headers["idempotency-key"]);

test("what was recorded is sent in order, each under its own key", async (t) => {
  const { recorder, seen } = await till(t, recorded);
  const entries = [await recorder.record("+9741", EVENT), await recorder.record("+9742", EVENT), await recorder.record("+9743", EVENT)];
  assert.deepEqual(await recorder.flush(), { sent: 3, held: 0, waiting: 0, stopped: null });
  assert.deepEqual(seen.map((each) => decodeURIComponent(each.path)), entries.map((each) => `/v1/partner/customers/${each.phone}/events`));
  assert.deepEqual(keys(seen), entries.map((each) => each.key));
  assert.deepEqual(seen[0]?.body.attributes, { source: "kiosk" });
  assert.match(seen[0]?.body.occurred_at, /Z$/);
  assert.equal((await recorder.flush()).sent, 0);
});

test("two flushes at once send each event once", async (t) => {
  const { recorder, seen } = await till(t, () => ({ ...recorded(), after: 20 }));
  await recorder.record("+9741", EVENT);
  const [first, second] = await Promise.all([recorder.flush(), recorder.flush()]);
  assert.equal(first.sent + second.sent, 1);
  assert.equal(seen.length, 1);
});

test("what may pass is retried under the same key, after the time that the service names", async (t) => {
  for (const [status, code] of /** @type {[number, string][]} */ ([[429, "RATE_LIMITED"], [503, "UPSTREAM_UNAVAILABLE"], [409, "IDEMPOTENCY_IN_PROGRESS"]])) {
    const { recorder, seen } = await till(t, (_, number) => (number === 1 ? { status, headers: { "Retry-After": "1" }, body: refusal(code) } : recorded()));
    await recorder.record("+9741", EVENT);
    const began = performance.now();
    assert.equal((await recorder.flush()).sent, 1);
    assert.ok(performance.now() - began >= 990);
    assert.equal(new Set(keys(seen)).size, 1);
    assert.deepEqual(seen[0]?.body, seen[1]?.body);
  }
});

test("a lost answer is asked for under the same key", async (t) => {
  const { recorder, seen } = await till(t, (_, number) => (number === 1 ? { drop: true } : recorded()));
  await recorder.record("+9741", EVENT);
  assert.equal((await recorder.flush()).sent, 1);
  assert.equal(new Set(keys(seen)).size, 1);
});

test("what may pass later stops the flush and keeps the order", async (t) => {
  const failures = [
    { reply: { status: 403, body: refusal("FORBIDDEN") }, error: Forbidden },
    { reply: { status: 429, headers: { "Retry-After": "60" }, body: refusal("RATE_LIMITED") }, error: RateLimited },
    { reply: { drop: true }, error: DeadlineExceeded },
  ];
  for (const { reply, error } of failures) {
    let broken = true;
    const { recorder, seen } = await till(t, () => (broken ? reply : recorded()));
    const entries = [await recorder.record("+9741", EVENT), await recorder.record("+9742", EVENT)];
    const { stopped, ...rest } = await recorder.flush({ deadlineMs: 500 });
    assert.ok(stopped instanceof error);
    assert.deepEqual(rest, { sent: 0, held: 0, waiting: 2 });
    seen.length = 0;
    broken = false;
    assert.equal((await recorder.flush()).sent, 2);
    assert.deepEqual(keys(seen), entries.map((each) => each.key));
  }
});

test("an attempt is on disk before the request leaves", async (t) => {
  const { journal, recorder, seen } = await till(t, () => ({ ...recorded(), after: 100 }));
  await recorder.record("+9741", EVENT);
  const flushed = recorder.flush();
  while (!seen.length) await new Promise((done) => setTimeout(done, 5));
  assert.notEqual((await journal.waiting())[0]?.triedAt, null);
  assert.equal((await flushed).sent, 1);
});

test("what can never pass is held with its reason and stops nothing", async (t) => {
  const { journal, recorder, seen } = await till(t, (_, number) => (number === 1 ? { status: 400, body: refusal("VALIDATION_ERROR", "req-7") } : recorded()));
  await recorder.record("+9741", EVENT);
  await recorder.record("+9742", EVENT);
  assert.deepEqual(await recorder.flush(), { sent: 1, held: 1, waiting: 0, stopped: null });
  const [held] = await journal.held();
  assert.ok(held);
  assert.deepEqual([held.phone, held.held, held.requestId], ["+9741", "refused", "req-7"]);
  await journal.release(held);
  assert.equal((await recorder.flush()).sent, 1);
  assert.notEqual(keys(seen)[0], keys(seen)[2]);
});

test("many held entries stop nothing behind them, and are counted", async (t) => {
  const { journal, recorder, seen } = await till(t, recorded);
  for (let number = 0; number < 30; number += 1) await journal.hold(await recorder.record("+9741", EVENT), "refused");
  await recorder.record("+9742", EVENT);
  assert.deepEqual(await journal.counts(), { waiting: 1, held: 30 });
  assert.deepEqual(await recorder.flush(), { sent: 1, held: 0, waiting: 0, stopped: null });
  assert.equal(decodeURIComponent(/** @type {string} */ (seen[0]?.path)), "/v1/partner/customers/+9742/events");
});

test("an entry whose key may be forgotten is held, and a clock that was set back says nothing", async () => {
  let now = Date.UTC(2026, 0, 1);
  const journal = await Journal.open("journal", { indexedDB: new IDBFactory(), now: () => now });
  await journal.trying(await journal.add("1", EVENT));
  await journal.add("2", EVENT);
  now += 71 * 3_600_000 - 1;
  assert.equal((await journal.first())?.phone, "1");
  now += 1;
  assert.equal((await journal.first())?.phone, "2"); // it was never sent, so nothing can have it
  const [held] = await journal.held();
  assert.equal(held?.held, "key_over");
  if (held) await journal.dismiss(held);
  await journal.trying(/** @type {any} */ ((await journal.waiting())[0]));
  now -= 301_000;
  assert.equal(await journal.first(), undefined);
});

test("a journal is there again after it was opened anew", async () => {
  const indexedDB = new IDBFactory();
  const journal = await Journal.open("journal", { indexedDB });
  const first = await journal.add("1", EVENT);
  await journal.sent(await journal.add("2", EVENT));
  journal.close();
  const again = await Journal.open("journal", { indexedDB });
  assert.deepEqual((await again.waiting()).map((each) => [each.phone, each.key]), [["1", first.key]]);
  assert.equal((await again.add("3", EVENT)).number, 3);
});

test("an encrypted journal shows nothing and opens with its key alone", async () => {
  const indexedDB = new IDBFactory();
  const journal = await Journal.open("sealed", { indexedDB, key: KEY });
  await journal.add("+97433001122", EVENT);
  journal.close();
  const base = await new Promise((resolve) => {
    const asked = indexedDB.open("sealed");
    asked.onsuccess = () => resolve(asked.result);
  });
  const rows = await new Promise((resolve) => {
    const asked = base.transaction("entries").objectStore("entries").getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes("33001122") && rows[0].content.sealed.byteLength > 0);
  base.close();
  await assert.rejects(Journal.open("sealed", { indexedDB, key: new Uint8Array(32) }), JournalKeyError);
  await assert.rejects(Journal.open("sealed", { indexedDB }), JournalKeyError);
  const again = await Journal.open("sealed", { indexedDB, key: KEY });
  assert.equal((await again.waiting())[0]?.phone, "+97433001122");
  (await Journal.open("plain", { indexedDB })).close();
  await assert.rejects(Journal.open("plain", { indexedDB, key: KEY }), JournalKeyError);
});

test("the other writes and reads have their paths", async (t) => {
  const { baseUrl, seen } = await service(() => ({ body: success({}) }), t);
  const client = new TillClient({ baseUrl, token });
  await client.identify({ providerCustomerId: "pos-1" });
  await client.openSession({ basketReference: "basket-1", events: [EVENT], key: "k1" });
  await client.openSession();
  await client.identifySession("ses_1", { phone: "+9741" }, { key: "k2" });
  await client.readSession("ses_1");
  assert.deepEqual(seen.map((each) => `${each.method} ${each.path}`), [
    "POST /v1/partner/identify",
    "POST /v1/partner/checkout/sessions",
    "POST /v1/partner/checkout/sessions",
    "POST /v1/partner/checkout/sessions/ses_1/identify",
    "GET /v1/partner/checkout/sessions/ses_1",
  ]);
  assert.deepEqual(seen.map((each) => each.body), [{ provider_customer_id: "pos-1" }, { basket_reference: "basket-1", events: [EVENT] }, {}, { phone: "+9741" }, undefined]);
  assert.equal(seen[1]?.headers["idempotency-key"], "k1");
  assert.equal(seen[3]?.headers["idempotency-key"], "k2");
});

test("a key of another request is an error at once", async (t) => {
  const { baseUrl, seen } = await service(() => ({ status: 422, body: refusal("IDEMPOTENCY_KEY_REUSED") }), t);
  await assert.rejects(new TillClient({ baseUrl, token }).recordEvent("+9741", EVENT, { key: "k" }), IdempotencyKeyReused);
  assert.equal(seen.length, 1);
});
