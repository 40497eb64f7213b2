/** One request and its answer: the token, the envelope, the errors. No retry here. */

import { NetworkError, refusalOf, InvalidApiKey } from "./errors.js";
import { Tokens } from "./tokens.js";

/**
 * @typedef {object} Wanted
 * @property {string} method
 * @property {string} path below the base address
 * @property {Record<string, string | undefined>} [query]
 * @property {unknown} [body]
 * @property {string} [key] the idempotency key
 * @property {string} [etag]
 */

/**
 * @template T
 * @typedef {object} Answer
 * @property {T} data
 * @property {number} status
 * @property {string} requestId quote it when you report a problem
 * @property {boolean} replayed whether an earlier request had this effect
 * @property {number | null} completeness 0 to 100; null if the answer is not about one customer
 */

export class Http {
  #base;
  #tokens;
  #fetch;

  /** @param {{baseUrl: string, token: import("./tokens.js").TokenOf, fetch?: typeof fetch}} options */
  constructor({ baseUrl, token, fetch }) {
    this.#base = baseUrl.replace(/\/+$/, "");
    this.#tokens = new Tokens(token);
    this.#fetch = fetch ?? ((/** @type {any} */ url, /** @type {any} */ init) => globalThis.fetch(url, init));
  }

  /**
   * Throws an ApiError, a NetworkError or a TokenError. A token that is refused is renewed once.
   * @template T
   * @param {Wanted} wanted
   * @param {AbortSignal} signal
   * @returns {Promise<Answer<T>>}
   */
  async send(wanted, signal) {
    const token = await this.#tokens.get();
    try {
      return await this.#sent(wanted, token, signal);
    } catch (error) {
      if (!(error instanceof InvalidApiKey)) throw error;
      return this.#sent(wanted, await this.#tokens.get(token), signal);
    }
  }

  /**
   * @param {Wanted} wanted
   * @param {string} token
   * @param {AbortSignal} signal
   * @returns {Promise<Answer<any>>}
   */
  async #sent({ method, path, query = {}, body, key }, token, signal) {
    const pairs = Object.entries(query).filter((pair) => pair[1] !== undefined);
    const search = pairs.length ? `?${new URLSearchParams(/** @type {[string, string][]} */ (pairs))}` : "";
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key !== undefined) headers["Idempotency-Key"] = key;
    let response, text;
    try {
      response = await this.#fetch(this.#base + path + search, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
      });
      text = await response.text();
    } catch {
      // The cause would hold the address, and so the customer's phone.
      throw new NetworkError("the service could not be reached, or its answer did not arrive");
    }
    const envelope = parsed(text);
    if (!response.ok || envelope?.ok !== true) throw refusalOf(response.status, response.headers, envelope);
    return {
      data: envelope.data,
      status: response.status,
      requestId: envelope.meta.request_id,
      replayed: envelope.meta.idempotency_replayed,
      completeness: envelope.meta.data_completeness_score,
    };
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value?.ok === "boolean" && value.meta ? value : undefined;
  } catch {
    return undefined;
  }
}
