/** The panel's lookup: what a cashier sees of the till client's answers and errors. The client has tests of its own. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { find } from "../../pages/panel/lookup.js";
import { LookupClient } from "../../pages/sdk/lookup.js";

/** @typedef {{ url: string, token: string | null, answer: (status: number, body: unknown) => void, fail: () => void }} Asked */

/** @type {Asked[]} */
let asked = [];
/** @type {string[]} */
let shown = [];
const before = globalThis.fetch;

beforeEach(() => {
  asked = [];
  shown = [];
  globalThis.fetch = /** @type {typeof fetch} */ ((url, init) => new Promise((resolve, reject) => {
    init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    asked.push({
      url: String(url),
      token: new Headers(init?.headers).get("Authorization"),
      answer: (status, body) => resolve(typeof body === "string" ? new Response(body, { status }) : Response.json(body, { status })),
      fail: () => reject(new TypeError("network")),
    });
  }));
});

afterEach(() => {
  globalThis.fetch = before;
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const meta = { request_id: "req-1", idempotency_replayed: false, data_completeness_score: null };
const found = (/** @type {string} */ name) => ({ ok: true, data: { status: "registered", customer: { name } }, error: null, meta });
const refusal = (/** @type {string} */ code) => ({ ok: false, data: null, error: { code, message: "", details: [] }, meta });
const show = (/** @type {import("../../pages/panel/lookup.js").Shown} */ each) => {
  shown.push(each.kind === "found" ? (each.found.customer?.name ?? "") : each.trouble);
  return each;
};

/** @param {import("../../pages/sdk/tokens.js").TokenOf} [token] */
function client(token = () => "t", deadlineMs = 1000) {
  return new LookupClient({ baseUrl: "/v1", token, deadlineMs });
}

test("a late answer is never shown, even one that was read before the next lookup began", async () => {
  const till = client();
  const first = find(till, { phone: "+1" }, show);
  await settled();
  const second = find(till, { phone: "+2" }, show);
  await settled();
  asked[1]?.answer(200, found("second"));
  asked[0]?.answer(200, found("first"));
  assert.deepEqual(await first, { kind: "superseded" });
  assert.equal((await second).kind, "found");
  assert.deepEqual(shown, ["second"]);
});

test("a failure of before is not shown over the next lookup", async () => {
  const till = client();
  const first = find(till, { phone: "+1" }, show);
  await settled();
  asked[0]?.answer(400, refusal("VALIDATION_ERROR"));
  const second = find(till, { phone: "+2" }, show);
  await settled();
  asked[1]?.answer(200, found("second"));
  assert.deepEqual(await first, { kind: "superseded" });
  await second;
  assert.deepEqual(shown, ["second"]);
});

test("an answer under way when the panel is cleared is not shown", async () => {
  const till = client();
  const first = find(till, { phone: "+1" }, show);
  await settled();
  asked[0]?.answer(200, found("first"));
  till.cancel();
  assert.deepEqual(await first, { kind: "superseded" });
  assert.deepEqual(shown, []);
});

test("a token that has ended is asked for again, once, and the host hears why", async () => {
  /** @type {boolean[]} */
  const refused = [];
  const outcome = find(client((again) => (refused.push(again), again ? "new" : "old")), { phone: "+1" }, show);
  await settled();
  asked[0]?.answer(401, refusal("INVALID_API_KEY"));
  await settled();
  assert.equal(asked[1]?.token, "Bearer new");
  asked[1]?.answer(401, refusal("INVALID_API_KEY"));
  assert.deepEqual(await outcome, { kind: "trouble", trouble: "signed-out", requestId: "req-1" });
  assert.deepEqual(refused, [false, true]);
});

for (const [status, code, trouble] of /** @type {const} */ ([[400, "VALIDATION_ERROR", "invalid"], [403, "FORBIDDEN", "forbidden"], [429, "RATE_LIMITED", "busy"], [503, "UPSTREAM_UNAVAILABLE", "failed"]])) {
  test(`a ${status} is ${trouble}, with its request id`, async () => {
    const outcome = find(client(), { phone: "+1" }, show);
    await settled();
    asked[0]?.answer(status, refusal(code));
    // What may pass is asked a second time.
    for (let tries = 0; tries < 100 && !asked[1] && shown.length === 0; tries += 1) await settled();
    asked[1]?.answer(status, refusal(code));
    assert.deepEqual(await outcome, { kind: "trouble", trouble, requestId: "req-1" });
  });
}

test("a lookup ends at its deadline, also while the host's token does not come", async () => {
  assert.deepEqual(await find(client(() => new Promise(() => {}), 20), { phone: "+1" }, show), { kind: "trouble", trouble: "timeout", requestId: null });
  assert.deepEqual(await find(client(() => "t", 20), { phone: "+1" }, show), { kind: "trouble", trouble: "timeout", requestId: null });
});

test("a token that cannot be had, and an answer that is none, are troubles and no exceptions", async () => {
  const none = await find(client(() => { throw new Error("no token"); }), { phone: "+1" }, show);
  assert.deepEqual(none, { kind: "trouble", trouble: "failed", requestId: null });
  const html = find(client(() => "t", 40), { phone: "+1" }, show);
  await settled();
  asked[0]?.answer(404, "<html>");
  assert.equal((await html).kind, "trouble");
});

test("a fault of the drawing is not taken for a trouble of the lookup", async () => {
  const broken = find(client(), { phone: "+1" }, () => { throw new RangeError("drawing"); });
  await settled();
  asked[0]?.answer(200, found("x"));
  await assert.rejects(broken, RangeError);
});
