/** The sandbox's numbers on a real stack: API=… TOKEN=… node --test sandbox.js. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { DeadlineExceeded, IdempotencyInProgress, RateLimited, Superseded, TillClient, UpstreamUnavailable } from "../src/index.js";

const { API, TOKEN } = process.env;
/** @type {{session: string, numbers: {phone: string, status: string, on_writes: string | null, recovers: boolean}[]}} */
const SANDBOX = JSON.parse(readFileSync(new URL("../../sandbox.json", import.meta.url), "utf8"));
/** @type {Record<string, typeof import("../src/errors.js").ApiError>} */
const ERRORS = { RATE_LIMITED: RateLimited, UPSTREAM_UNAVAILABLE: UpstreamUnavailable };
const [PLAIN, LATE, SLOW, BUSY] = ["+97410000001", "+97410000600", "+97410002000", "+97410000409"];
const PATIENT = { deadlineMs: 20_000 };
const till = new TillClient({ baseUrl: API ?? "", token: () => TOKEN ?? "" });

test("each number is what its line says", async () => {
  for (const { phone, status, recovers } of SANDBOX.numbers) {
    if (recovers) continue;
    const type = ERRORS[status];
    if (type) {
      await assert.rejects(till.lookup({ phone }, { deadlineMs: 1000 }), (error) => error instanceof type && error.retryAfter === 1 && !!error.requestId);
    } else {
      const { data } = await till.lookup({ phone }, PATIENT);
      assert.equal(data.status, status);
      assert.equal(data.customer === null, status === "not_found");
    }
  }
});

test("a slow answer is past the deadline", async () => {
  const began = performance.now();
  await assert.rejects(till.lookup({ phone: SLOW }), DeadlineExceeded);
  assert.ok(performance.now() - began < 1900);
});

test("an answer that comes after another is not shown", async () => {
  /** @type {string[]} */
  const shown = [];
  const late = till.lookup({ phone: LATE }, { ...PATIENT, deliver: () => shown.push("late") });
  const superseded = assert.rejects(late, Superseded);
  await new Promise((done) => setTimeout(done, 100));
  await till.lookup({ phone: PLAIN }, { ...PATIENT, deliver: () => shown.push("plain") });
  await superseded;
  assert.deepEqual(shown, ["plain"]);
});

test("a taken key is waited for and then told", async () => {
  await assert.rejects(till.recordEvent(BUSY, { event_type: "check_in" }, { key: "a-key", deadlineMs: 2500 }), IdempotencyInProgress);
});

test("what recovers passes under the same key", async () => {
  const phone = SANDBOX.numbers.find((each) => each.recovers)?.phone ?? "";
  assert.equal((await till.recordEvent(phone, { event_type: "check_in" })).status, 201);
});

test("the fourth state is a session", async () => {
  const { data } = await till.readSession(SANDBOX.session);
  assert.equal(data.status, "identified_in_session");
  assert.ok(data.context);
  assert.ok((await till.identifySession("ses_1", { phone: PLAIN })).data.identified_at);
});
