/** An action has one key and is never under way twice. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { Action, Api, NoAnswer } from "../../pages/shared/api.js";

const before = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = before;
});

/** @param {(() => Response | Promise<Response>)[]} answers @returns {Headers[]} of the requests, as they come */
function answering(...answers) {
  /** @type {Headers[]} */
  const seen = [];
  globalThis.fetch = /** @type {typeof fetch} */ (async (_url, init) => {
    seen.push(new Headers(init?.headers));
    const next = answers.shift();
    if (!next) throw new Error("asked too often");
    return next();
  });
  return seen;
}

const done = () => Response.json({ ok: true, data: { id: 1 }, error: null, meta: { request_id: "r" } });
const api = () => new Api("/v1", async (again) => (again ? "new" : "old"));

test("two presses of one button are one request", async () => {
  const seen = answering(done);
  const action = new Action(api(), "/x", { method: "POST", body: {} });
  const [first, second] = await Promise.all([action.run(), action.run()]);
  assert.equal(first, second);
  assert.equal(seen.length, 1);
});

test("after a lost answer the same action is sent with the same key", async () => {
  const seen = answering(() => Promise.reject(new TypeError("lost")), done);
  const action = new Action(api(), "/x", { method: "DELETE" });
  await assert.rejects(action.run(), NoAnswer);
  assert.equal((await action.run()).ok, true);
  assert.equal(seen[0]?.get("Idempotency-Key"), seen[1]?.get("Idempotency-Key"));
});

test("a token that ends in the middle is renewed under the same key", async () => {
  const seen = answering(() => Response.json({ ok: false, error: {}, meta: {} }, { status: 401 }), done);
  assert.equal((await new Action(api(), "/x", { method: "POST", body: {} }).run()).ok, true);
  assert.deepEqual(seen.map((each) => each.get("Authorization")), ["Bearer old", "Bearer new"]);
  assert.equal(seen[0]?.get("Idempotency-Key"), seen[1]?.get("Idempotency-Key"));
});

test("two actions have two keys", async () => {
  const seen = answering(done, done);
  await new Action(api(), "/x", {}).run();
  await new Action(api(), "/x", {}).run();
  assert.notEqual(seen[0]?.get("Idempotency-Key"), seen[1]?.get("Idempotency-Key"));
});

test("an answer that is no envelope leaves the effect unknown", async () => {
  answering(() => new Response("<html>", { status: 504 }));
  await assert.rejects(new Action(api(), "/x", {}).run(), NoAnswer);
});

test("a read that was cancelled says so, and is not taken for a lost answer", async () => {
  const cancelled = new AbortController();
  globalThis.fetch = /** @type {typeof fetch} */ ((_url, init) => new Promise((_, reject) => {
    const stop = () => reject(init?.signal?.reason);
    if (init?.signal?.aborted) stop();
    else init?.signal?.addEventListener("abort", stop);
  }));
  const asked = api().send("/x", { signal: cancelled.signal });
  cancelled.abort();
  await assert.rejects(asked, { name: "AbortError" });
});
