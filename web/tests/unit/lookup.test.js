/** The lookup: in time or not at all. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Lookups } from "../../pages/panel/lookup.js";

/** @typedef {{ url: string, token: string | null, answer: (status: number, body: unknown) => void, fail: () => void }} Asked */

/** @type {Asked[]} */
let asked = [];
const before = globalThis.fetch;

beforeEach(() => {
  asked = [];
  globalThis.fetch = /** @type {typeof fetch} */ ((url, init) => new Promise((resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    asked.push({
      url: String(url),
      token: new Headers(init?.headers).get("Authorization"),
      answer: (status, body) => resolve(Response.json(body, { status })),
      fail: () => reject(new TypeError("network")),
    });
  }));
});

afterEach(() => {
  globalThis.fetch = before;
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const found = (/** @type {string} */ name) => ({ ok: true, data: { status: "registered", customer: { name } }, meta: {} });
const refusal = { ok: false, data: null, error: { code: "X" }, meta: { request_id: "req-1" } };

test("a late answer is never given, even one that was read before the next lookup began", async () => {
  const lookups = new Lookups("/v1", () => "t");
  const first = lookups.find({ phone: "+1" });
  await settled();
  const second = lookups.find({ phone: "+2" });
  await settled();
  asked[1]?.answer(200, found("second"));
  asked[0]?.answer(200, found("first"));
  assert.deepEqual(await first, { kind: "superseded" });
  assert.equal((await second).kind, "found");
});

test("an answer under way when the panel is cleared is not given", async () => {
  const lookups = new Lookups("/v1", () => "t");
  const first = lookups.find({ phone: "+1" });
  await settled();
  asked[0]?.answer(200, found("first"));
  lookups.cancel();
  assert.deepEqual(await first, { kind: "superseded" });
});

test("the phone is encoded, and the token is a header", async () => {
  const lookups = new Lookups("/v1/partner", () => "secret");
  void lookups.find({ phone: "+974 33", providerCustomerId: "a&b" });
  await settled();
  assert.equal(asked[0]?.url, "/v1/partner/customers/lookup?phone=%2B974+33&provider_customer_id=a%26b");
  assert.equal(asked[0]?.token, "Bearer secret");
});

test("a token that has ended is asked for again, once", async () => {
  /** @type {boolean[]} */
  const again = [];
  const lookups = new Lookups("/v1", (second) => (again.push(second), second ? "new" : "old"));
  const outcome = lookups.find({ phone: "+1" });
  await settled();
  asked[0]?.answer(401, refusal);
  await settled();
  assert.equal(asked[1]?.token, "Bearer new");
  asked[1]?.answer(401, refusal);
  assert.deepEqual(await outcome, { kind: "trouble", trouble: "signed-out", requestId: "req-1" });
  assert.deepEqual(again, [false, true]);
});

for (const [status, trouble] of /** @type {const} */ ([[400, "invalid"], [403, "forbidden"], [429, "busy"], [503, "failed"]])) {
  test(`a ${status} is ${trouble}, with its request id`, async () => {
    const outcome = new Lookups("/v1", () => "t").find({ phone: "+1" });
    await settled();
    asked[0]?.answer(status, refusal);
    assert.deepEqual(await outcome, { kind: "trouble", trouble, requestId: "req-1" });
  });
}

test("a lookup ends at its deadline, also while the host's token does not come", async () => {
  const never = new Lookups("/v1", () => new Promise(() => {}), 20);
  assert.deepEqual(await never.find({ phone: "+1" }), { kind: "trouble", trouble: "timeout", requestId: null });
  const silent = new Lookups("/v1", () => "t", 20);
  assert.deepEqual(await silent.find({ phone: "+1" }), { kind: "trouble", trouble: "timeout", requestId: null });
});

test("a network that fails, a token that cannot be had, and an answer that is none are troubles, not exceptions", async () => {
  const lost = new Lookups("/v1", () => "t").find({ phone: "+1" });
  await settled();
  asked[0]?.fail();
  assert.equal((await lost).kind, "trouble");
  const none = new Lookups("/v1", () => { throw new Error("no token"); }).find({ phone: "+1" });
  assert.equal((await none).kind, "trouble");
  const html = new Lookups("/v1", () => "t").find({ phone: "+1" });
  await settled();
  asked[1]?.answer(502, "not json");
  assert.equal((await html).kind, "trouble");
});
