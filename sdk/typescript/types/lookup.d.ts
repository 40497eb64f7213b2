/** Milliseconds. */
export const DEADLINE: 800;
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
    /**
     * @param {{baseUrl: string, token: import("./tokens.js").TokenOf, deadlineMs?: number, fetch?: typeof fetch}
     *   | {http: Http, deadlineMs?: number}} options
     */
    constructor(options: {
        baseUrl: string;
        token: import("./tokens.js").TokenOf;
        deadlineMs?: number;
        fetch?: typeof fetch;
    } | {
        http: Http;
        deadlineMs?: number;
    });
    /** Ends the current lookup, if there is one. Its answer is never delivered. */
    cancel(): void;
    /**
     * Identifies the customer at the counter. Rejects with Superseded, DeadlineExceeded, NetworkError, TokenError or an
     * ApiError.
     * @param {{phone?: string, providerCustomerId?: string}} who at least one; the phone wins
     * @param {LookupOptions} [options]
     * @returns {Promise<LookupAnswer>}
     */
    lookup({ phone, providerCustomerId }: {
        phone?: string;
        providerCustomerId?: string;
    }, { deadlineMs, include, deliver, fail }?: LookupOptions): Promise<LookupAnswer>;
    #private;
}
export type LookupAnswer = import("./http.js").Answer<import("./types.d.ts").LookupData>;
export type LookupOptions = {
    /**
     * 800 unless told
     */
    deadlineMs?: number;
    /**
     * further reads in the same answer
     */
    include?: ("badge_reason" | "preferences")[];
    /**
     * is called with the answer at once, before any newer lookup can
     * begin. Draw the panel in it. Code after `await` runs a moment later.
     */
    deliver?: (answer: LookupAnswer) => void;
    /**
     * the same for a failure; never called with Superseded
     */
    fail?: (error: unknown) => void;
};
import { Http } from "./http.js";
