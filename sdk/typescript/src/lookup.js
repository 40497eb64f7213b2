/**
 * The lookup of a till: an answer within a deadline, one retry inside it, and never an answer that is late.
 *
 * A newer lookup cancels the older one. An answer is delivered at most once, to the lookup that asked for it, and only
 * while no newer lookup has begun.
 */

import { ApiError, DeadlineExceeded, Superseded, mayPass } from "./errors.js";
import { Http } from "./http.js";

/** Milliseconds. */
export const DEADLINE = 800;
const ATTEMPTS = 2;
const PAUSE = 50;

/**
 * @typedef {import("./http.js").Answer<import("./types.d.ts").LookupData>} LookupAnswer
 *
 * @typedef {object} LookupOptions
 * @property {number} [deadlineMs] 800 unless told
 * @property {("badge_reason" | "preferences")[]} [include] further reads in the same answer
 * @property {(answer: LookupAnswer) => void} [deliver] is called with the answer at once, before any newer lookup can
 *   begin. Draw the panel in it. Code after `await` runs a moment later.
 * @property {(error: unknown) => void} [fail] the same for a failure; never called with Superseded
 */

export class LookupClient {
  #http;
  #deadline;
  /** @type {((reason: Superseded) => void) | null} */
  #stop = null;

  /**
   * @param {{baseUrl: string, token: import("./tokens.js").TokenOf, deadlineMs?: number, fetch?: typeof fetch}
   *   | {http: Http, deadlineMs?: number}} options
   */
  constructor(options) {
    this.#http = "http" in options ? options.http : new Http(options);
    this.#deadline = options.deadlineMs ?? DEADLINE;
  }

  /** Ends the current lookup, if there is one. Its answer is never delivered. */
  cancel() {
    this.#stop?.(new Superseded("this lookup was cancelled"));
  }

  /**
   * Identifies the customer at the counter. Rejects with Superseded, DeadlineExceeded, NetworkError, TokenError or an
   * ApiError.
   * @param {{phone?: string, providerCustomerId?: string}} who at least one; the phone wins
   * @param {LookupOptions} [options]
   * @returns {Promise<LookupAnswer>}
   */
  lookup({ phone, providerCustomerId }, { deadlineMs = this.#deadline, include, deliver, fail } = {}) {
    this.#stop?.(new Superseded("a newer lookup has begun"));
    const query = { phone, provider_customer_id: providerCustomerId, include: include?.join(",") || undefined };
    const wanted = { method: "GET", path: "/customers/lookup", query };
    return new Promise((resolve, reject) => {
      const ends = performance.now() + deadlineMs;
      const requests = new AbortController();
      /** @type {Set<ReturnType<typeof setTimeout>>} */
      const timers = new Set();
      let over = false;
      let begun = 0;
      let running = 0;
      /** @type {unknown} */
      let failure;

      /** @param {() => void} act */
      const end = (act) => {
        if (over) return;
        over = true;
        if (this.#stop === stop) this.#stop = null;
        for (const timer of timers) clearTimeout(timer);
        act();
        requests.abort();
      };
      const stop = (/** @type {Superseded} */ reason) => end(() => reject(reason));
      const refuse = (/** @type {unknown} */ error) =>
        end(() => {
          try {
            fail?.(error);
            reject(error);
          } catch (fault) {
            reject(fault);
          }
        });
      const late = () => refuse(tooLate(failure));
      const after = (/** @type {number} */ ms, /** @type {() => void} */ act) => {
        const timer = setTimeout(act, ms);
        timers.add(timer);
        return timer;
      };

      const attempt = () => {
        if (over || begun === ATTEMPTS) return;
        begun += 1;
        running += 1;
        this.#http.send(wanted, requests.signal).then(arrived, failed);
      };
      // A timer may be late: a tab in the background, a machine that slept.
      const arrived = (/** @type {LookupAnswer} */ answer) =>
        performance.now() > ends
          ? late()
          : end(() => {
              try {
                deliver?.(answer);
                resolve(answer);
              } catch (error) {
                reject(error);
              }
            });
      const failed = (/** @type {unknown} */ error) => {
        running -= 1;
        failure = error;
        clearTimeout(beside);
        const wait = error instanceof ApiError && error.retryAfter !== null ? error.retryAfter * 1000 : PAUSE;
        if (!mayPass(error)) refuse(error);
        else if (begun < ATTEMPTS && performance.now() + wait < ends) after(wait, attempt);
        else if (!running) refuse(error);
      };

      this.#stop = stop;
      after(deadlineMs, late);
      // What was dropped on the way never fails: the retry starts beside it when half of the time is over.
      const beside = after(deadlineMs / ATTEMPTS, attempt);
      attempt();
    });
  }
}

/** @param {unknown} cause */
function tooLate(cause) {
  return Object.assign(new DeadlineExceeded("there was no answer before the deadline"), { cause });
}
