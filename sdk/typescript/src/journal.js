/** What a till has recorded and the service does not have yet, in the browser's IndexedDB and in order. */

import { newKey } from "./client.js";
import { CustomersError } from "./errors.js";
import { sealOf } from "./sealing.js";

/** The key does not open this journal, or it needs one, or needs none. The journal stays as it is. */
export class JournalKeyError extends CustomersError {}

/** Milliseconds: the least time for which the service keeps a key, less an hour. */
const KEY_LIVES = 71 * 3_600_000;
const CLOCK_STEP = 300_000;
const A_FEW = 20;

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
  #base;
  #seal;
  #now;
  #keyLives;

  /**
   * @param {IDBDatabase} base
   * @param {import("./sealing.js").Seal} seal
   * @param {() => number} now
   * @param {number} keyLives
   */
  constructor(base, seal, now, keyLives) {
    this.#base = base;
    this.#seal = seal;
    this.#now = now;
    this.#keyLives = keyLives;
    /** Of all tabs, one sends at a time. */
    this.lockName = `customers-till:${base.name}`;
  }

  /**
   * Opens a journal, or makes it. With a key it is encrypted by AES-256-GCM.
   * @param {string} name
   * @param {{key?: Uint8Array<ArrayBuffer> | CryptoKey, keyLivesMs?: number, now?: () => number, indexedDB?: IDBFactory}} [options]
   * @returns {Promise<Journal>}
   */
  static async open(name, { key, keyLivesMs = KEY_LIVES, now = Date.now, indexedDB = globalThis.indexedDB } = {}) {
    const seal = await sealOf(key);
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("entries", { keyPath: "number", autoIncrement: true });
      asked.result.createObjectStore("about");
    };
    const base = await done(asked);
    // Another version of this package may want to upgrade.
    base.onversionchange = () => base.close();
    const proof = await seal.close("journal", name);
    const read = base.transaction("about", "readwrite", { durability: "strict" });
    const about = read.objectStore("about");
    const stored = await done(about.get("proof"));
    if (stored === undefined) about.add(proof, "proof");
    await ended(read);
    if (stored !== undefined && !(await opens(seal, stored, name))) {
      base.close();
      throw new JournalKeyError("the key does not open this journal, or it needs one, or needs none");
    }
    return new Journal(base, seal, now, keyLivesMs);
  }

  /**
   * Once this resolves, the event is on disk.
   * @param {string} phone
   * @param {import("./types.d.ts").EventBody} event
   * @returns {Promise<Entry>}
   */
  async add(phone, event) {
    const id = newKey();
    const content = await this.#seal.close({ phone, event }, id);
    const row = { id, key: newKey(), content, recordedAt: this.#now(), triedAt: null, held: null, refusal: null, requestId: null };
    const number = await this.#change((entries) => done(entries.add(row)));
    return { ...row, number: Number(number), phone, event };
  }

  /** What is still to be sent, in the order in which it was recorded. */
  async waiting() {
    return (await this.#all()).filter((entry) => entry.held === null);
  }

  /** What is not sent by itself: decide with `release` or `dismiss`. */
  async held() {
    return (await this.#all()).filter((entry) => entry.held !== null);
  }

  /**
   * The next entry to send. One whose key may be forgotten is held instead.
   * @returns {Promise<Entry | undefined>}
   */
  async first() {
    // A long journal is not read for each event that is sent.
    for (const most of [A_FEW, undefined]) {
      for (const row of await this.#rows(most)) {
        if (row.held !== null) continue;
        // A clock that was set back says nothing about how long ago it was.
        const age = row.triedAt === null ? 0 : this.#now() - row.triedAt;
        if (age >= -CLOCK_STEP && age < this.#keyLives) return this.#entry(row);
        await this.#set(row.number, { held: "key_over" });
      }
    }
    return undefined;
  }

  /** How many are still to be sent, and how many are held. */
  async counts() {
    const rows = await this.#rows();
    const held = rows.filter((row) => row.held !== null).length;
    return { waiting: rows.length - held, held };
  }

  /**
   * On disk before the request leaves: from now on the service may have the event.
   * @param {Entry} entry
   */
  async trying(entry) {
    if (entry.triedAt === null) await this.#set(entry.number, { triedAt: this.#now() });
  }

  /**
   * The service has it.
   * @param {Entry} entry
   */
  async sent(entry) {
    await this.#change((entries) => done(entries.delete(entry.number)));
  }

  /**
   * Stops sending an entry by itself, and keeps it.
   * @param {Entry} entry
   * @param {"refused" | "key_over"} held
   * @param {string} [refusal]
   * @param {string | null} [requestId]
   */
  async hold(entry, held, refusal, requestId) {
    await this.#set(entry.number, { held, refusal: refusal ?? null, requestId: requestId ?? null });
  }

  /**
   * Sends a held entry as a new one, under a new key, after all others. It may be recorded twice if its key was over.
   * @param {Entry} entry
   */
  async release(entry) {
    await this.#change(async (entries) => {
      const row = await done(entries.get(entry.number));
      if (!row) return;
      const { number, ...rest } = row;
      entries.delete(number);
      entries.add({ ...rest, key: newKey(), triedAt: null, held: null, refusal: null, requestId: null });
    });
  }

  /**
   * Forgets an entry.
   * @param {Entry} entry
   */
  async dismiss(entry) {
    await this.sent(entry);
  }

  close() {
    this.#base.close();
  }

  /**
   * The oldest first.
   * @param {number} [most] all of them unless told
   * @returns {Promise<Required<Row>[]>}
   */
  #rows(most) {
    return done(this.#base.transaction("entries").objectStore("entries").getAll(null, most));
  }

  /** @returns {Promise<Entry[]>} */
  async #all() {
    return Promise.all((await this.#rows()).map((row) => this.#entry(row)));
  }

  /**
   * @param {Required<Row>} row
   * @returns {Promise<Entry>}
   */
  async #entry({ id, content, ...rest }) {
    return { ...rest, .../** @type {any} */ (await this.#seal.open(content, id)) };
  }

  /**
   * @param {number} number
   * @param {Partial<Row>} changed
   */
  async #set(number, changed) {
    await this.#change(async (entries) => {
      const row = await done(entries.get(number));
      if (row) entries.put({ ...row, ...changed });
    });
  }

  /**
   * One transaction, on disk when this resolves. Only requests of the transaction may be awaited in it.
   * @template T
   * @param {(entries: IDBObjectStore) => Promise<T>} act
   * @returns {Promise<T>}
   */
  async #change(act) {
    const change = this.#base.transaction("entries", "readwrite", { durability: "strict" });
    const over = ended(change);
    const [given] = await Promise.all([act(change.objectStore("entries")), over]);
    return given;
  }
}

/**
 * @param {import("./sealing.js").Seal} seal
 * @param {unknown} stored
 * @param {string} name
 */
async function opens(seal, stored, name) {
  try {
    return (await seal.open(stored, name)) === "journal";
  } catch {
    return false;
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function ended(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
