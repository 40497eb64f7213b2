/**
 * Throws the refusal, or DeadlineExceeded with the last failure as its cause.
 * @param {import("./http.js").Http} http
 * @param {import("./http.js").Wanted} wanted
 * @param {number} [deadlineMs]
 * @returns {Promise<import("./http.js").Answer<any>>}
 */
export function patiently(http: import("./http.js").Http, wanted: import("./http.js").Wanted, deadlineMs?: number): Promise<import("./http.js").Answer<any>>;
/** Milliseconds. */
export const DEADLINE: 15000;
