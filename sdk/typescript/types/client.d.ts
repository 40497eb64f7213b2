/** A key for a new request. Pages that are not served over https have no `randomUUID`. */
export function newKey(): string;
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
    /**
     * @param {{baseUrl: string, token: import("./tokens.js").TokenOf, deadlineMs?: number, fetch?: typeof fetch}} options
     *   `baseUrl` ends with `/v1/partner`. `token` gives a till's token: it is called for the first request, a minute
     *   before the token ends, and once when the service refuses it. `deadlineMs` is a lookup's.
     */
    constructor(options: {
        baseUrl: string;
        token: import("./tokens.js").TokenOf;
        deadlineMs?: number;
        fetch?: typeof fetch;
    });
    /**
     * Identifies a customer where no session is open.
     * @param {Who} who
     * @returns {Promise<Answer<import("./types.d.ts").CustomerContext>>}
     */
    identify(who: Who): Promise<Answer<import("./types.d.ts").CustomerContext>>;
    /**
     * Opens an anonymous checkout session. A key of your own makes a later repetition harmless.
     * @param {{basketReference?: string, events?: EventBody[], key?: string}} [order]
     * @returns {Promise<Answer<import("./types.d.ts").SessionData>>}
     */
    openSession({ basketReference, events, key }?: {
        basketReference?: string;
        events?: EventBody[];
        key?: string;
    }): Promise<Answer<import("./types.d.ts").SessionData>>;
    /**
     * Attaches a customer to an open session, for good. For a stranger the session stays as it was.
     * @param {string} sessionId
     * @param {Who} who
     * @param {{events?: EventBody[], key?: string}} [more]
     * @returns {Promise<Answer<import("./types.d.ts").SessionContext>>}
     */
    identifySession(sessionId: string, who: Who, { events, key }?: {
        events?: EventBody[];
        key?: string;
    }): Promise<Answer<import("./types.d.ts").SessionContext>>;
    /**
     * Reads a session with its customer. No lookup is needed.
     * @param {string} sessionId
     * @returns {Promise<Answer<import("./types.d.ts").SessionData>>}
     */
    readSession(sessionId: string): Promise<Answer<import("./types.d.ts").SessionData>>;
    /**
     * Records a non-purchase event now. A Recorder keeps it on disk instead, until the service has it.
     * @param {string} phone
     * @param {EventBody} event
     * @param {{key?: string, deadlineMs?: number}} [options]
     * @returns {Promise<Answer<import("./types.d.ts").EventData>>}
     */
    recordEvent(phone: string, event: EventBody, { key, deadlineMs }?: {
        key?: string;
        deadlineMs?: number;
    }): Promise<Answer<import("./types.d.ts").EventData>>;
    #private;
}
export type Answer<T> = import("./http.js").Answer<T>;
/**
 * at least one; the phone wins
 */
export type Who = {
    phone?: string;
    providerCustomerId?: string;
};
export type EventBody = import("./types.d.ts").EventBody;
import { LookupClient } from "./lookup.js";
