/** A request that may wait: sent again under the same key until it passes, is refused, or its time is over. */

import { ApiError, DeadlineExceeded, mayPass } from "./errors.js";

/** Milliseconds. */
export const DEADLINE = 15_000;
/** What one attempt did is not lost: the next one has the same key. */
const PATIENCE = 4_000;
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5_000;

/**
 * Throws the refusal, or DeadlineExceeded with the last failure as its cause.
 * @param {import("./http.js").Http} http
 * @param {import("./http.js").Wanted} wanted
 * @param {number} [deadlineMs]
 * @returns {Promise<import("./http.js").Answer<any>>}
 */
export async function patiently(http, wanted, deadlineMs = DEADLINE) {
  const ends = performance.now() + deadlineMs;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    let failure;
    try {
      return await attempt(http, wanted, Math.min(PATIENCE, ends - performance.now()));
    } catch (error) {
      if (!mayPass(error) && !(error instanceof DeadlineExceeded)) throw error;
      failure = error;
    }
    const told = failure instanceof ApiError ? failure.retryAfter : null;
    // Tills that were cut off together must not come back together.
    const wait = told === null ? pause * (0.5 + Math.random() / 2) : told * 1000;
    if (performance.now() + wait >= ends) {
      if (failure instanceof ApiError) throw failure;
      throw Object.assign(new DeadlineExceeded("there was no answer before the deadline"), { cause: failure });
    }
    await new Promise((done) => setTimeout(done, wait));
  }
}

/**
 * @param {import("./http.js").Http} http
 * @param {import("./http.js").Wanted} wanted
 * @param {number} patience
 * @returns {Promise<import("./http.js").Answer<any>>}
 */
function attempt(http, wanted, patience) {
  const request = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new DeadlineExceeded("there was no answer in time"));
      request.abort();
    }, patience);
    http
      .send(wanted, request.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
