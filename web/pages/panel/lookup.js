/** What the panel makes of the till client's lookup: an answer, or a trouble that a cashier can read. */

import { ApiError, CustomersError, DeadlineExceeded, NetworkError } from "../sdk/errors.js";

/**
 * @typedef {import("../sdk/types.d.ts").LookupData} LookupData
 * @typedef {import("../sdk/types.d.ts").Customer} Customer
 * @typedef {Pick<LookupData, "status" | "customer" | "unclaimed_cashback">} Found
 * @typedef {{ phone?: string, providerCustomerId?: string }} Query
 * @typedef {"offline" | "timeout" | "failed" | "invalid" | "signed-out" | "forbidden" | "busy"} Trouble
 * @typedef {{ kind: "found", found: Found } | { kind: "trouble", trouble: Trouble, requestId: string | null }} Shown
 * @typedef {Shown | { kind: "superseded" }} Outcome
 */

/** @type {Record<number, Trouble>} */
const TROUBLES = { 400: "invalid", 401: "signed-out", 403: "forbidden", 429: "busy" };

/**
 * @param {import("../sdk/lookup.js").LookupClient} client newer wins, and late answers never come: it sees to both
 * @param {Query} query
 * @param {(shown: Shown) => void} show draws; it is not called after a newer lookup or `cancel()`
 * @returns {Promise<Outcome>} as shown; it rejects only if `show` throws
 */
export async function find(client, query, show) {
  /** @type {Outcome} */
  let outcome = { kind: "superseded" };
  const settle = (/** @type {Shown} */ shown) => {
    outcome = shown;
    show(shown);
  };
  try {
    await client.lookup(query, { deliver: ({ data }) => settle({ kind: "found", found: data }), fail: (error) => settle(trouble(error)) });
  } catch (error) {
    if (!(error instanceof CustomersError)) throw error;
  }
  return outcome;
}

/** @param {unknown} error @returns {Shown} */
function trouble(error) {
  if (error instanceof ApiError) return { kind: "trouble", trouble: TROUBLES[error.status] ?? "failed", requestId: error.requestId };
  if (error instanceof DeadlineExceeded) return { kind: "trouble", trouble: "timeout", requestId: null };
  return { kind: "trouble", trouble: error instanceof NetworkError && isOffline() ? "offline" : "failed", requestId: null };
}

/** What the browser knows of it: no is sure, yes is not. */
function isOffline() {
  return globalThis.navigator?.onLine === false;
}
