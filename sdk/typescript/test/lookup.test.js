import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ApiError,
  DeadlineExceeded,
  LookupClient,
  NetworkError,
  RateLimited,
  Superseded,
  TokenError,
  UnexpectedAnswer,
  ValidationError,
} from "../src/index.js";
import { found, jwt, refusal, service } from "./service.js";

const token = () => "a-token";
const PHONE = "+97433001122";

test("a lookup gives the answer with its request id", async (t) => {
  const { baseUrl, seen } = await service(({ query }) => ({ body: found(query.get("phone")) }), t);
  const answer = await new LookupClient({ baseUrl: `${baseUrl}/`, token }).lookup({ phone: PHONE }, { include: ["badge_reason", "preferences"] });
  assert.equal(answer.data.status, "registered");
  assert.equal(answer.data.customer?.phone, PHONE);
  assert.equal(answer.requestId, "req-1");
  assert.equal(seen[0]?.path, "/v1/partner/customers/lookup");
  assert.equal(seen[0]?.query.get("include"), "badge_reason,preferences");
  assert.equal(seen[0]?.headers.authorization, "Bearer a-token");
});

test("a newer lookup cancels the older one, whose later answer is never delivered", async (t) => {
  const { baseUrl } = await service(({ query }) => ({ body: found(query.get("phone")), after: query.get("phone") === "1111" ? 150 : 0 }), t);
  const client = new LookupClient({ baseUrl, token });
  /** @type {(string | undefined)[]} */
  const shown = [];
  const deliver = (/** @type {any} */ answer) => shown.push(answer.data.customer?.phone);
  const older = client.lookup({ phone: "1111" }, { deliver });
  const newer = client.lookup({ phone: "2222" }, { deliver });
  await assert.rejects(older, Superseded);
  assert.equal((await newer).data.customer?.phone, "2222");
  await new Promise((done) => setTimeout(done, 250));
  assert.deepEqual(shown, ["2222"]);
});

test("a lookup that is cancelled tells so, and a further one works", async (t) => {
  const { baseUrl } = await service(({ query }) => ({ body: found(query.get("phone")), after: 20 }), t);
  const client = new LookupClient({ baseUrl, token });
  const first = client.lookup({ phone: PHONE });
  client.cancel();
  await assert.rejects(first, Superseded);
  assert.equal((await client.lookup({ phone: PHONE })).data.status, "registered");
});

test("the deadline holds, whatever the service does", async (t) => {
  const { baseUrl, seen } = await service(() => ({ hang: true }), t);
  const began = performance.now();
  await assert.rejects(new LookupClient({ baseUrl, token, deadlineMs: 200 }).lookup({ phone: PHONE }), DeadlineExceeded);
  const took = performance.now() - began;
  assert.ok(took >= 190 && took < 400, `${took} ms`);
  assert.equal(seen.length, 2);
});

test("a lookup whose answer is dropped asks a second time inside the deadline", async (t) => {
  const { baseUrl, seen } = await service(({ query }, number) => (number === 1 ? { hang: true } : { body: found(query.get("phone")) }), t);
  const answer = await new LookupClient({ baseUrl, token, deadlineMs: 400 }).lookup({ phone: PHONE });
  assert.equal(answer.data.customer?.phone, PHONE);
  assert.equal(seen.length, 2);
});

test("a broken connection and a 503 are retried once", async (t) => {
  for (const failure of [{ drop: true }, { status: 503, body: refusal("UPSTREAM_UNAVAILABLE") }, { status: 502, text: "<html>" }]) {
    const { baseUrl, seen } = await service(({ query }, number) => (number === 1 ? failure : { body: found(query.get("phone")) }), t);
    const answer = await new LookupClient({ baseUrl, token }).lookup({ phone: PHONE });
    assert.equal(answer.data.customer?.phone, PHONE);
    assert.equal(seen.length, 2);
  }
});

test("a second failure is the lookup's", async (t) => {
  const { baseUrl, seen } = await service(() => ({ status: 502, text: "<html>", headers: { "X-Request-Id": "at-the-edge" } }), t);
  await assert.rejects(new LookupClient({ baseUrl, token }).lookup({ phone: PHONE }), (error) => error instanceof UnexpectedAnswer && error.requestId === "at-the-edge");
  assert.equal(seen.length, 2);
  await assert.rejects(new LookupClient({ baseUrl: "http://127.0.0.1:9", token }).lookup({ phone: PHONE }), NetworkError);
});

test("a refusal to retry before the deadline ends the lookup at once", async (t) => {
  const { baseUrl, seen } = await service(() => ({ status: 429, headers: { "Retry-After": "1" }, body: refusal("RATE_LIMITED") }), t);
  const began = performance.now();
  await assert.rejects(new LookupClient({ baseUrl, token }).lookup({ phone: PHONE }), (error) => error instanceof RateLimited && error.retryAfter === 1);
  assert.ok(performance.now() - began < 300);
  assert.equal(seen.length, 1);
});

test("a retry waits for Retry-After where the deadline allows it", async (t) => {
  const { baseUrl, seen } = await service(({ query }, number) => (number === 1 ? { status: 503, headers: { "Retry-After": "1" }, body: refusal("UPSTREAM_UNAVAILABLE") } : { body: found(query.get("phone")) }), t);
  const began = performance.now();
  await new LookupClient({ baseUrl, token, deadlineMs: 1600 }).lookup({ phone: PHONE });
  assert.ok(performance.now() - began >= 990);
  assert.equal(seen.length, 2);
});

test("a refusal is a type, with code, request id and details, and without the phone", async (t) => {
  const { baseUrl, seen } = await service(() => ({ status: 400, body: refusal("VALIDATION_ERROR", "req-9") }), t);
  const error = await new LookupClient({ baseUrl, token }).lookup({ phone: PHONE }).catch((each) => each);
  assert.ok(error instanceof ValidationError && error instanceof ApiError);
  assert.equal(error.code, "VALIDATION_ERROR");
  assert.equal(error.requestId, "req-9");
  assert.deepEqual(error.details, [{ field: "phone", issue: "is wrong" }]);
  assert.equal(seen.length, 1);
  const unreached = await new LookupClient({ baseUrl: "http://127.0.0.1:9", token }).lookup({ phone: PHONE }).catch((each) => each);
  assert.ok(!JSON.stringify([String(unreached), unreached.stack, String(unreached.cause)]).includes("33001122"));
});

test("a code of the future is still an ApiError", async (t) => {
  const { baseUrl } = await service(() => ({ status: 418, body: refusal("TEAPOT") }), t);
  await assert.rejects(new LookupClient({ baseUrl, token }).lookup({ phone: PHONE }), (error) => error instanceof ApiError && error.code === "TEAPOT");
});

test("an answer that arrives after the deadline is not delivered, even if its timer was late", async (t) => {
  const { baseUrl } = await service(({ query }) => ({ body: found(query.get("phone")) }), t);
  const asleep = async (/** @type {any} */ url, /** @type {any} */ init) => {
    const response = await fetch(url, init);
    const until = performance.now() + 120;
    while (performance.now() < until); // the whole process stands still
    return response;
  };
  await assert.rejects(new LookupClient({ baseUrl, token, fetch: asleep, deadlineMs: 100 }).lookup({ phone: PHONE }), DeadlineExceeded);
});

test("one token serves until it ends; a refused one is renewed once", async (t) => {
  let asked = 0;
  const { baseUrl, seen } = await service(({ headers, query }) => (headers.authorization === "Bearer t1" ? { status: 401, body: refusal("INVALID_API_KEY") } : { body: found(query.get("phone")) }), t);
  const client = new LookupClient({ baseUrl, token: () => `t${++asked}` });
  await client.lookup({ phone: PHONE });
  await client.lookup({ phone: PHONE });
  assert.equal(asked, 2);
  assert.deepEqual(seen.map((each) => each.headers.authorization), ["Bearer t1", "Bearer t2", "Bearer t2"]);
});

test("a token that ends soon is renewed beside the lookup", async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const soon = jwt({ iat: now - 60, exp: now + 30 });
  const tokens = [soon, "next"];
  const { baseUrl, seen } = await service(({ query }) => ({ body: found(query.get("phone")) }), t);
  const client = new LookupClient({ baseUrl, token: async () => tokens.shift() ?? "later" });
  await client.lookup({ phone: PHONE });
  await client.lookup({ phone: PHONE });
  await client.lookup({ phone: PHONE });
  assert.deepEqual(seen.map((each) => each.headers.authorization), [`Bearer ${soon}`, `Bearer ${soon}`, "Bearer next"]);
});

test("a till whose clock is far ahead does not ask for a token each time", async (t) => {
  const now = Math.floor(Date.now() / 1000) - 86_400;
  let asked = 0;
  const { baseUrl } = await service(({ query }) => ({ body: found(query.get("phone")) }), t);
  const client = new LookupClient({ baseUrl, token: () => (asked++, jwt({ iat: now, exp: now + 3600 })) });
  await client.lookup({ phone: PHONE });
  await client.lookup({ phone: PHONE });
  assert.equal(asked, 1);
});

test("a token callback that fails or gives nothing is an error of its own", async (t) => {
  const { baseUrl, seen } = await service(() => ({ body: found(null) }), t);
  await assert.rejects(new LookupClient({ baseUrl, token: () => Promise.reject(new Error("vault")) }).lookup({ phone: PHONE }), TokenError);
  await assert.rejects(new LookupClient({ baseUrl, token: () => "" }).lookup({ phone: PHONE }), TokenError);
  assert.equal(seen.length, 0);
});

test("a token callback that never ends does not outlast the deadline", async (t) => {
  const { baseUrl } = await service(() => ({ body: found(null) }), t);
  const hanging = new LookupClient({ baseUrl, token: () => new Promise(() => {}), deadlineMs: 100 });
  await assert.rejects(hanging.lookup({ phone: PHONE }), DeadlineExceeded);
});
