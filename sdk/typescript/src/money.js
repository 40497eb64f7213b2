/** Money: a whole number of minor units with its currency. Never a float. */

import { DECIMALS } from "./currency-decimals.js";

const USUAL = 2;

export class Money {
  /**
   * @param {number} minor
   * @param {string} currency ISO 4217, such as "QAR"
   */
  constructor(minor, currency) {
    if (!Number.isSafeInteger(minor)) throw new TypeError("minor must be a whole number of minor units");
    if (!/^[A-Z]{3}$/.test(currency)) throw new TypeError("currency must be three capital letters");
    this.minor = minor;
    this.currency = currency;
    Object.freeze(this);
  }

  /** Digits after the point. */
  get digits() {
    return DECIMALS[this.currency] ?? USUAL;
  }

  /** The amount in major units as a plain decimal number, such as "125.00". */
  toDecimal() {
    const text = String(Math.abs(this.minor)).padStart(this.digits + 1, "0");
    const whole = text.slice(0, text.length - this.digits);
    const part = text.slice(text.length - this.digits);
    return `${this.minor < 0 ? "-" : ""}${whole}${part && "."}${part}`;
  }

  /**
   * For a reader, with the locale's digits and order.
   * @param {string} [locale] such as "ar-QA"
   * @param {"symbol" | "narrowSymbol" | "code" | "name"} [display] how the currency is written; its symbol unless told
   */
  format(locale, display = "symbol") {
    const form = new Intl.NumberFormat(locale, {
      style: "currency",
      currency: this.currency,
      currencyDisplay: display,
      minimumFractionDigits: this.digits,
      maximumFractionDigits: this.digits,
    });
    return form.format(/** @type {any} */ (this.toDecimal()));
  }

  /** @param {Money} other of the same currency */
  plus(other) {
    if (other.currency !== this.currency) throw new TypeError("the currencies differ");
    return new Money(this.minor + other.minor, this.currency);
  }

  toString() {
    const [whole, ...part] = this.toDecimal().split(".");
    return `${this.currency} ${[/** @type {string} */ (whole).replace(/\B(?=(\d{3})+$)/g, ","), ...part].join(".")}`;
  }
}
