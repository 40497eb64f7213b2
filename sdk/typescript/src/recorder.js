/** Records events while the network is down, and sends them in order when it is back. */

import { CustomersError, IdempotencyKeyReused, PayloadTooLarge, ValidationError } from "./errors.js";

/** The same event can never pass. Everything else may: a token, a branch, an environment can be mended. */
const FOR_GOOD = [ValidationError, PayloadTooLarge, IdempotencyKeyReused];

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
  #client;
  #journal;
  #onSent;
  /** @type {Promise<unknown>} */
  #flushing = Promise.resolve();

  /**
   * @param {import("./client.js").TillClient} client
   * @param {import("./journal.js").Journal} journal
   * @param {(entry: Entry, answer: import("./http.js").Answer<import("./types.d.ts").EventData>) => void} [onSent] is
   *   called with each entry and the service's answer, once or, if the till is killed in between, again
   */
  constructor(client, journal, onSent) {
    this.#client = client;
    this.#journal = journal;
    this.#onSent = onSent;
  }

  /**
   * Keeps an event. Once this resolves, it is on disk and is sent exactly once. It happened now, unless it says
   * otherwise.
   * @param {string} phone
   * @param {import("./types.d.ts").EventBody} event
   */
  record(phone, event) {
    return this.#journal.add(phone, { occurred_at: new Date().toISOString(), ...event });
  }

  /**
   * Sends what waits, oldest first, until everything is sent or something stands in the way. An event that the service
   * will never take is held, and does not stop the others. Of several tabs one sends at a time.
   * @param {{deadlineMs?: number}} [options] for each event
   * @returns {Promise<Flushed>}
   */
  flush(options = {}) {
    const flush = () => this.#flush(options);
    const locks = globalThis.navigator?.locks;
    const run = locks ? async () => locks.request(this.#journal.lockName, flush) : flush;
    const flushed = this.#flushing.then(run, run);
    this.#flushing = flushed;
    return flushed;
  }

  /**
   * @param {{deadlineMs?: number}} options
   * @returns {Promise<Flushed>}
   */
  async #flush(options) {
    const before = await this.#journal.counts();
    let sent = 0;
    let stopped = null;
    let entry;
    while (!stopped && (entry = await this.#journal.first())) {
      await this.#journal.trying(entry);
      try {
        const answer = await this.#client.recordEvent(entry.phone, entry.event, { key: entry.key, ...options });
        this.#onSent?.(entry, answer);
        await this.#journal.sent(entry);
        sent += 1;
      } catch (error) {
        if (!(error instanceof CustomersError)) throw error;
        const refused = FOR_GOOD.some((type) => error instanceof type);
        if (refused) await this.#journal.hold(entry, "refused", error.message, /** @type {any} */ (error).requestId);
        else stopped = error;
      }
    }
    const after = await this.#journal.counts();
    return { sent, held: after.held - before.held, waiting: after.waiting, stopped };
  }
}
