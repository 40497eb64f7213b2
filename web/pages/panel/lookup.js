/**
 * One lookup at a time: with a deadline, cancelled by the next one, and never answered late.
 *
 * @typedef {{ phone?: string, providerCustomerId?: string }} Query
 * @typedef {{ spendable_minor: number, locked_promo_minor: number, currency: string }} Balance
 * @typedef {{ lifetime_spend_minor: number, visit_count: number, visit_count_last_90d: number, last_visit_at: string | null }} Activity
 * @typedef {{ name: string | null, phone: string, state: string, member_since: string | null, balance: Balance,
 *   activity: Activity, badge: string }} Customer
 * @typedef {{ status: string, customer: Customer | null,
 *   unclaimed_cashback: { amount_minor: number, currency: string, expires_at: string | null } | null }} Found
 * @typedef {"offline" | "timeout" | "failed" | "invalid" | "signed-out" | "forbidden" | "busy"} Trouble
 * @typedef {{ kind: "found", found: Found } | { kind: "trouble", trouble: Trouble, requestId: string | null } |
 *   { kind: "superseded" }} Outcome
 * @typedef {(again: boolean) => string | Promise<string>} TokenOf gives a token; `again` after the API has refused the last
 */

/** @type {Record<number, Trouble>} */
const TROUBLES = { 400: "invalid", 401: "signed-out", 403: "forbidden", 429: "busy" };
const DEADLINE = 8000;

export class Lookups {
  /** @type {AbortController | null} */
  #current = null;

  /**
   * @param {string} api the base address, such as `/v1/partner`
   * @param {TokenOf} token
   * @param {number} [deadline] milliseconds until the lookup is given up
   */
  constructor(api, token, deadline = DEADLINE) {
    this.api = api;
    this.token = token;
    this.deadline = deadline;
  }

  /** Forget the lookup under way: its promise says `superseded`. */
  cancel() {
    this.#current?.abort();
    this.#current = null;
  }

  /** @param {Query} query @returns {Promise<Outcome>} it never rejects */
  async find(query) {
    this.cancel();
    const mine = new AbortController();
    this.#current = mine;
    const outcome = await this.#outcome(query, mine.signal);
    // An answer that was read in full before the next lookup began must not be shown after it either.
    if (this.#current !== mine) return { kind: "superseded" };
    this.#current = null;
    return outcome;
  }

  /** @param {Query} query @param {AbortSignal} cancelled @returns {Promise<Outcome>} */
  async #outcome(query, cancelled) {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.deadline);
    const signal = AbortSignal.any([cancelled, deadline.signal]);
    try {
      let answer = await this.#ask(query, false, signal);
      if (answer.status === 401) answer = await this.#ask(query, true, signal);
      const envelope = await answer.json();
      if (answer.ok && envelope.ok) return { kind: "found", found: envelope.data };
      return trouble(TROUBLES[answer.status] ?? "failed", envelope.meta?.request_id ?? null);
    } catch {
      return trouble(deadline.signal.aborted ? "timeout" : isOffline() ? "offline" : "failed", null);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {Query} query @param {boolean} again @param {AbortSignal} signal */
  async #ask(query, again, signal) {
    const token = await stopping(this.token(again), signal);
    const asked = new URLSearchParams();
    if (query.phone) asked.set("phone", query.phone);
    if (query.providerCustomerId) asked.set("provider_customer_id", query.providerCustomerId);
    return fetch(`${this.api}/customers/lookup?${asked}`, {
      headers: { Authorization: `Bearer ${token}` },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal,
    });
  }
}

/** @param {Trouble} trouble @param {string | null} requestId @returns {Outcome} */
function trouble(trouble, requestId) {
  return { kind: "trouble", trouble, requestId };
}

/**
 * @template T
 * @param {T | Promise<T>} value
 * @param {AbortSignal} signal
 * @returns {Promise<T>} rejects as soon as the signal aborts: the host's token may never come
 */
function stopping(value, signal) {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    Promise.resolve(value).then(resolve, reject);
  });
}

/** What the browser knows of it: no is sure, yes is not. */
function isOffline() {
  return globalThis.navigator?.onLine === false;
}
