/** The key does not open this journal, or it needs one, or needs none. The journal stays as it is. */
export class JournalKeyError extends CustomersError {
}
/**
 * @typedef {object} Entry
 * @property {number} number
 * @property {string} key the idempotency key
 * @property {string} phone
 * @property {import("./types.d.ts").EventBody} event
 * @property {number} recordedAt milliseconds since 1970, by the till's clock
 * @property {number | null} triedAt when it was first sent; from then on the service may have it
 * @property {"refused" | "key_over" | null} held why it is not sent by itself: the service refused it, or its key may
 *   be forgotten, so that another try could record it twice
 * @property {string | null} refusal
 * @property {string | null} requestId
 *
 * @typedef {Omit<Entry, "phone" | "event" | "number"> & {number?: number, id: string, content: any}} Row
 */
export class Journal {
    /**
     * Opens a journal, or makes it. With a key it is encrypted by AES-256-GCM.
     * @param {string} name
     * @param {{key?: Uint8Array<ArrayBuffer> | CryptoKey, keyLivesMs?: number, now?: () => number, indexedDB?: IDBFactory}} [options]
     * @returns {Promise<Journal>}
     */
    static open(name: string, { key, keyLivesMs, now, indexedDB }?: {
        key?: Uint8Array<ArrayBuffer> | CryptoKey;
        keyLivesMs?: number;
        now?: () => number;
        indexedDB?: IDBFactory;
    }): Promise<Journal>;
    /**
     * @param {IDBDatabase} base
     * @param {import("./sealing.js").Seal} seal
     * @param {() => number} now
     * @param {number} keyLives
     */
    constructor(base: IDBDatabase, seal: import("./sealing.js").Seal, now: () => number, keyLives: number);
    /** Of all tabs, one sends at a time. */
    lockName: string;
    /**
     * Once this resolves, the event is on disk.
     * @param {string} phone
     * @param {import("./types.d.ts").EventBody} event
     * @returns {Promise<Entry>}
     */
    add(phone: string, event: import("./types.d.ts").EventBody): Promise<Entry>;
    /** What is still to be sent, in the order in which it was recorded. */
    waiting(): Promise<Entry[]>;
    /** What is not sent by itself: decide with `release` or `dismiss`. */
    held(): Promise<Entry[]>;
    /**
     * The next entry to send. One whose key may be forgotten is held instead.
     * @returns {Promise<Entry | undefined>}
     */
    first(): Promise<Entry | undefined>;
    /** How many are still to be sent, and how many are held. */
    counts(): Promise<{
        waiting: number;
        held: number;
    }>;
    /**
     * On disk before the request leaves: from now on the service may have the event.
     * @param {Entry} entry
     */
    trying(entry: Entry): Promise<void>;
    /**
     * The service has it.
     * @param {Entry} entry
     */
    sent(entry: Entry): Promise<void>;
    /**
     * Stops sending an entry by itself, and keeps it.
     * @param {Entry} entry
     * @param {"refused" | "key_over"} held
     * @param {string} [refusal]
     * @param {string | null} [requestId]
     */
    hold(entry: Entry, held: "refused" | "key_over", refusal?: string, requestId?: string | null): Promise<void>;
    /**
     * Sends a held entry as a new one, under a new key, after all others. It may be recorded twice if its key was over.
     * @param {Entry} entry
     */
    release(entry: Entry): Promise<void>;
    /**
     * Forgets an entry.
     * @param {Entry} entry
     */
    dismiss(entry: Entry): Promise<void>;
    close(): void;
    #private;
}
export type Entry = {
    number: number;
    /**
     * the idempotency key
     */
    key: string;
    phone: string;
    event: import("./types.d.ts").EventBody;
    /**
     * milliseconds since 1970, by the till's clock
     */
    recordedAt: number;
    /**
     * when it was first sent; from then on the service may have it
     */
    triedAt: number | null;
    /**
     * why it is not sent by itself: the service refused it, or its key may
     * be forgotten, so that another try could record it twice
     */
    held: "refused" | "key_over" | null;
    refusal: string | null;
    requestId: string | null;
};
export type Row = Omit<Entry, "phone" | "event" | "number"> & {
    number?: number;
    id: string;
    content: any;
};
import { CustomersError } from "./errors.js";
