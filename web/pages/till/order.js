/** An order at the till: its checkout session, and what is done in it. Each step has one key, however often it is sent. */

import { Action } from "../shared/api.js";

/**
 * @typedef {import("../shared/api.js").Api} Api
 * @typedef {import("../shared/api.js").Answer} Answer
 */

export class Order {
  /** @type {string | null} */
  sessionId = null;
  /** The phone of the customer who is attached. @type {string | null} */
  phone = null;
  /** @type {Map<string, Action>} */
  #steps = new Map();

  /** @param {Api} api @param {string} number the till's own name for it */
  constructor(api, number) {
    this.api = api;
    this.number = number;
  }

  /** Open the checkout session. @returns {Promise<Answer>} */
  async open() {
    const answer = await this.#step("open", "/checkout/sessions", { basket_reference: this.number });
    if (answer.ok) this.sessionId = answer.data.session_id;
    return answer;
  }

  /**
   * Attach a customer, and read the session, which then has its context.
   * @param {string} phone
   * @returns {Promise<Answer>} of the read, else of what refused
   */
  async attach(phone) {
    if (!this.sessionId) {
      const opened = await this.open();
      if (!opened.ok) return opened;
    }
    const session = `/checkout/sessions/${this.sessionId}`;
    const identified = await this.#step(`attach ${phone}`, `${session}/identify`, { phone });
    if (!identified.ok) return identified;
    const read = await this.api.send(session);
    if (read.ok && read.data.context) this.phone = phone;
    return read;
  }

  /** Record that the customer is here. @returns {Promise<Answer>} */
  checkIn() {
    const path = `/customers/${encodeURIComponent(this.phone ?? "")}/events`;
    return this.#step("check in", path, { event_type: "check_in", attributes: { source: "demo_till" } });
  }

  /** @param {string} name @param {string} path @param {unknown} body */
  #step(name, path, body) {
    const step = this.#steps.get(name) ?? new Action(this.api, path, { method: "POST", body });
    this.#steps.set(name, step);
    return step.run();
  }
}
