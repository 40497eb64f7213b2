/** Money, numbers and instants in the reader's language and digits. */

import { Money } from "../sdk/money.js";

/** The enterprise's days are Gregorian, whatever the reader's own calendar. */
const DAY = /** @type {const} */ ({ year: "numeric", month: "short", day: "numeric", calendar: "gregory" });
/** C0 and C1 controls, which show as nothing or break a line. */
const CONTROLS = /\p{Cc}/gu;

/**
 * The locale for `Intl`. Plain Arabic gets Arabic-Indic digits; `ar-u-nu-latn` asks for the others.
 * @param {string} lang a BCP 47 tag
 * @returns {string}
 */
export function localeOf(lang) {
  try {
    const locale = new Intl.Locale(lang || "en");
    return locale.language === "ar" && !locale.numberingSystem ? `${locale.baseName}-u-nu-arab` : locale.toString();
  } catch {
    return "en";
  }
}

/** @param {string} lang @returns {"rtl" | "ltr"} */
export function directionOf(lang) {
  return /^(ar|fa|he|ur)\b/u.test(lang) ? "rtl" : "ltr";
}

/**
 * @param {number} minor whole minor units
 * @param {string} currency ISO 4217
 * @param {string} locale
 * @returns {string} such as `QAR 125.00`
 */
export function money(minor, currency, locale) {
  return new Money(minor, currency).format(locale, "code");
}

/** @param {number} value @param {string} locale */
export function number(value, locale) {
  return new Intl.NumberFormat(locale).format(value);
}

/** @param {string} text of a number that is a name, such as an order's @param {string} locale */
export function digits(text, locale) {
  return text.replace(/\d/gu, (digit) => new Intl.NumberFormat(locale).format(Number(digit)));
}

/** @param {number} share between 0 and 1 @param {string} locale */
export function percent(share, locale) {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(share);
}

/**
 * @param {string | null} instant RFC 3339
 * @param {string} locale
 * @param {string} [timeZone] the reader's own unless given
 * @returns {string} a day such as `1 Jun 2026`, or an empty text
 */
export function day(instant, locale, timeZone) {
  return instant ? new Intl.DateTimeFormat(locale, { ...DAY, timeZone }).format(new Date(instant)) : "";
}

/** @param {string | null} instant @param {string} locale @param {string} [timeZone] */
export function moment(instant, locale, timeZone) {
  if (!instant) return "";
  return new Intl.DateTimeFormat(locale, { ...DAY, hour: "numeric", minute: "2-digit", timeZone }).format(new Date(instant));
}

/**
 * How long ago, in the largest unit that fits.
 * @param {string} instant
 * @param {string} locale
 * @param {number} now milliseconds since 1970
 */
export function ago(instant, locale, now) {
  const days = Math.floor((now - Date.parse(instant)) / 86_400_000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (days < 1) return words.format(0, "day");
  if (days < 60) return words.format(-days, "day");
  if (days < 730) return words.format(-Math.floor(days / 30.44), "month");
  return words.format(-Math.floor(days / 365.25), "year");
}

/** @param {string} value @returns {string} the same, with a visible mark for each control character */
export function visible(value) {
  return value.replace(CONTROLS, "\ufffd");
}

/** @param {string} typed @returns {string} with every decimal digit of Arabic and Persian keyboards as ASCII */
export function asciiDigits(typed) {
  return typed.replace(/[\u0660-\u0669\u06f0-\u06f9]/gu, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
}
