/** The client of a till: lookups, sessions, events. */

import { Http } from "./http.js";
import { LookupClient } from "./lookup.js";
import { patiently } from "./patience.js";

/**
 * @template T
 * @typedef {import("./http.js").Answer<T>} Answer
 */
/** @typedef {{phone?: string, providerCustomerId?: string}} Who at least one; the phone wins */
/** @typedef {import("./types.d.ts").EventBody} EventBody */

/**
 * Every method rejects with NetworkError, DeadlineExceeded, TokenError or an ApiError. What writes is sent again under
 * the same key until its answer is there, so it has one effect.
 */
export class TillClient extends LookupClient {
  #http;

  /**
   * @param {{baseUrl: string, token: import("./tokens.js").TokenOf, deadlineMs?: number, fetch?: typeof fetch}} options
   *   `baseUrl` ends with `/v1/partner`. `token` gives a till's token: it is called for the first request, a minute
   *   before the token ends, and once when the service refuses it. `deadlineMs` is a lookup's.
   */
  constructor(options) {
    const http = new Http(options);
    super({ http, ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }) });
    this.#http = http;
  }

  /**
   * Identifies a customer where no session is open.
   * @param {Who} who
   * @returns {Promise<Answer<import("./types.d.ts").CustomerContext>>}
   */
  identify(who) {
    return patiently(this.#http, { method: "POST", path: "/identify", body: whoOf(who) });
  }

  /**
   * Opens an anonymous checkout session. A key of your own makes a later repetition harmless.
   * @param {{basketReference?: string, events?: EventBody[], key?: string}} [order]
   * @returns {Promise<Answer<import("./types.d.ts").SessionData>>}
   */
  openSession({ basketReference, events, key = newKey() } = {}) {
    const body = { basket_reference: basketReference, events };
    return patiently(this.#http, { method: "POST", path: "/checkout/sessions", body, key });
  }

  /**
   * Attaches a customer to an open session, for good. For a stranger the session stays as it was.
   * @param {string} sessionId
   * @param {Who} who
   * @param {{events?: EventBody[], key?: string}} [more]
   * @returns {Promise<Answer<import("./types.d.ts").SessionContext>>}
   */
  identifySession(sessionId, who, { events, key = newKey() } = {}) {
    const path = `/checkout/sessions/${encodeURIComponent(sessionId)}/identify`;
    return patiently(this.#http, { method: "POST", path, body: { ...whoOf(who), events }, key });
  }

  /**
   * Reads a session with its customer. No lookup is needed.
   * @param {string} sessionId
   * @returns {Promise<Answer<import("./types.d.ts").SessionData>>}
   */
  readSession(sessionId) {
    return patiently(this.#http, { method: "GET", path: `/checkout/sessions/${encodeURIComponent(sessionId)}` });
  }

  /**
   * Records a non-purchase event now. A Recorder keeps it on disk instead, until the service has it.
   * @param {string} phone
   * @param {EventBody} event
   * @param {{key?: string, deadlineMs?: number}} [options]
   * @returns {Promise<Answer<import("./types.d.ts").EventData>>}
   */
  recordEvent(phone, event, { key = newKey(), deadlineMs } = {}) {
    const path = `/customers/${encodeURIComponent(phone)}/events`;
    return patiently(this.#http, { method: "POST", path, body: event, key }, deadlineMs);
  }
}

/** A key for a new request. Pages that are not served over https have no `randomUUID`. */
export function newKey() {
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Who} who */
function whoOf({ phone, providerCustomerId }) {
  return { phone, provider_customer_id: providerCustomerId };
}
