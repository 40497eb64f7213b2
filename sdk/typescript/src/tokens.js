/** One token at a time, fetched by the host's callback and renewed before it ends. */

import { TokenError } from "./errors.js";

/**
 * Gives a token that was issued just now, or one that still lives. `refused` is true after the service has refused the
 * last one: then the same token again is of no use.
 * @typedef {(refused: boolean) => string | Promise<string>} TokenOf
 */

const AHEAD = 60_000;
const AT_LEAST = 5_000;
const PATIENCE = 10_000;

export class Tokens {
  /** @type {{text: string, ends: number} | null} */
  #held = null;
  /** @type {Promise<string> | null} */
  #asking = null;
  #ask;

  /** @param {TokenOf} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /**
   * A token that lives for a few seconds more. One that ends soon is renewed meanwhile, so that no lookup waits for it.
   * @param {string} [refused] a token that the service has just refused
   * @returns {Promise<string>}
   */
  async get(refused) {
    const held = this.#held;
    const left = held && held.text !== refused ? held.ends - performance.now() : 0;
    if (!held || left < AT_LEAST) return this.#renew(refused !== undefined && held?.text === refused);
    if (left < AHEAD) this.#renew(false).catch(() => {});
    return held.text;
  }

  /** @param {boolean} refused @returns {Promise<string>} */
  #renew(refused) {
    if (this.#asking) return this.#asking;
    const asking = this.#asked(refused).finally(free);
    // A callback that never ends must not hold up those that come later.
    /** @type {any} */
    const timer = setTimeout(free, PATIENCE);
    timer.unref?.();
    const tokens = this;
    function free() {
      clearTimeout(timer);
      if (tokens.#asking === asking) tokens.#asking = null;
    }
    this.#asking = asking;
    return asking;
  }

  /** @param {boolean} refused */
  async #asked(refused) {
    let text;
    try {
      text = await this.#ask(refused);
    } catch (error) {
      throw Object.assign(new TokenError("the token callback failed"), { cause: error });
    }
    if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text)) throw new TokenError("the token callback gave no token");
    this.#held = { text, ends: performance.now() + livesFor(text) };
    return text;
  }
}

/**
 * Milliseconds. A till's clock may be wrong: a new token that seems to be over counts from now. One that cannot be read
 * counts until it is refused.
 * @param {string} token
 */
function livesFor(token) {
  try {
    const part = /** @type {string} */ (token.split(".")[1]).replace(/-/g, "+").replace(/_/g, "/");
    const { exp, iat } = JSON.parse(atob(part));
    const left = exp * 1000 - Date.now();
    const whole = (exp - (iat ?? exp - 300)) * 1000;
    return Number.isFinite(left) ? (left > 0 ? Math.min(left, whole) : whole) : Infinity;
  } catch {
    return Infinity;
  }
}
