/**
 * @typedef {object} Flushed what a flush did
 * @property {number} sent
 * @property {number} held entries that are no longer sent by themselves; the journal has them with the reasons
 * @property {number} waiting
 * @property {CustomersError | null} stopped why it ended before everything was sent
 *
 * @typedef {import("./journal.js").Entry} Entry
 */
/** `record` needs no network. Call `flush` on a timer and on the event `online`. */
export class Recorder {
    /**
     * @param {import("./client.js").TillClient} client
     * @param {import("./journal.js").Journal} journal
     * @param {(entry: Entry, answer: import("./http.js").Answer<import("./types.d.ts").EventData>) => void} [onSent] is
     *   called with each entry and the service's answer, once or, if the till is killed in between, again
     */
    constructor(client: import("./client.js").TillClient, journal: import("./journal.js").Journal, onSent?: (entry: Entry, answer: import("./http.js").Answer<import("./types.d.ts").EventData>) => void);
    /**
     * Keeps an event. Once this resolves, it is on disk and is sent exactly once. It happened now, unless it says
     * otherwise.
     * @param {string} phone
     * @param {import("./types.d.ts").EventBody} event
     */
    record(phone: string, event: import("./types.d.ts").EventBody): Promise<import("./journal.js").Entry>;
    /**
     * Sends what waits, oldest first, until everything is sent or something stands in the way. An event that the service
     * will never take is held, and does not stop the others. Of several tabs one sends at a time.
     * @param {{deadlineMs?: number}} [options] for each event
     * @returns {Promise<Flushed>}
     */
    flush(options?: {
        deadlineMs?: number;
    }): Promise<Flushed>;
    #private;
}
/**
 * what a flush did
 */
export type Flushed = {
    sent: number;
    /**
     * entries that are no longer sent by themselves; the journal has them with the reasons
     */
    held: number;
    waiting: number;
    /**
     * why it ended before everything was sent
     */
    stopped: CustomersError | null;
};
export type Entry = import("./journal.js").Entry;
import { CustomersError } from "./errors.js";
