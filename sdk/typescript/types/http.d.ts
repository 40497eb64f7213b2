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
    /** @param {{baseUrl: string, token: import("./tokens.js").TokenOf, fetch?: typeof fetch}} options */
    constructor({ baseUrl, token, fetch }: {
        baseUrl: string;
        token: import("./tokens.js").TokenOf;
        fetch?: typeof globalThis.fetch;
    });
    /**
     * Throws an ApiError, a NetworkError or a TokenError. A token that is refused is renewed once.
     * @template T
     * @param {Wanted} wanted
     * @param {AbortSignal} signal
     * @returns {Promise<Answer<T>>}
     */
    send<T>(wanted: Wanted, signal: AbortSignal): Promise<Answer<T>>;
    #private;
}
export type Wanted = {
    method: string;
    /**
     * below the base address
     */
    path: string;
    query?: Record<string, string | undefined>;
    body?: unknown;
    /**
     * the idempotency key
     */
    key?: string;
    etag?: string;
};
export type Answer<T> = {
    data: T;
    status: number;
    /**
     * quote it when you report a problem
     */
    requestId: string;
    /**
     * whether an earlier request had this effect
     */
    replayed: boolean;
    /**
     * 0 to 100; null if the answer is not about one customer
     */
    completeness: number | null;
};
