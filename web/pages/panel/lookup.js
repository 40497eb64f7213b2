/** What the panel makes of the till client's lookup: an answer, or a trouble that a cashier can read. */

import { ApiError, CustomersError, DeadlineExceeded, NetworkError, TokenError } from "../sdk/errors.js";

/**
 * @typedef {import("../sdk/types.d.ts").LookupData} LookupData
 * @typedef {import("../sdk/types.d.ts").Customer} Customer
 * @typedef {Pick<LookupData, "status" | "customer" | "unclaimed_cashback">} Found
 * @typedef {{ phone?: string, providerCustomerId?: string }} Query
 * @typedef {"offline" | "timeout" | "failed" | "invalid" | "signed-out" | "forbidden" | "busy"} Trouble
 * @typedef {{ kind: "found", found: Found } | { kind: "trouble", trouble: Trouble, requestId: string | null }} Shown
 * @typedef {Shown | { kind: "superseded" }} Outcome
 */

/** @type {{ kind: "trouble", trouble: Trouble, requestId: null }} */
const FAILED = { kind: "trouble", trouble: "failed", requestId: null };
/** @type {Record<number, Trouble>} */
const TROUBLES = { 400: "invalid", 401: "signed-out", 403: "forbidden", 429: "busy" };

/**
 * @param {import("../sdk/lookup.js").LookupClient} client newer wins, and late answers never come: it sees to both
 * @param {Query} query
 * @param {(shown: Shown) => { kind: string }} show draws, and gives what it has drawn; it is not called after a newer lookup or
 *   `cancel()`
 * @returns {Promise<Outcome>} as shown; it rejects only if `show` throws
 */
export async function find(client, query, show) {
  /** @type {Outcome} */
  let outcome = { kind: "superseded" };
  const settle = (/** @type {Shown} */ shown) => {
    const drawn = show(shown);
    outcome = drawn.kind === shown.kind ? shown : FAILED;
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
  // A host that cannot get a token for want of a network is offline.
  if ((error instanceof NetworkError || error instanceof TokenError) && isOffline()) return { ...FAILED, trouble: "offline" };
  // A callback that gave nothing has nobody signed in; one that failed may work in a moment.
  return error instanceof TokenError && !error.cause ? { ...FAILED, trouble: "signed-out" } : FAILED;
}

/** What the browser knows of it: no is sure, yes is not. */
function isOffline() {
  return globalThis.navigator?.onLine === false;
}
