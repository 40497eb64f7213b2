/** Phones as people type them. The service has the last word: it knows the home region and each country's plan. */

/** The text is not a phone number. It does not quote the text. */
export class PhoneError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "PhoneError";
  }
}

const SEPARATORS = /[\p{Pd}\p{Ps}\p{Pe}\p{Zs}\u2212\u2043\u02d7\u30fc\uff70.\ufe52\uff0e\u3002\uff61\u06d4\u00b7\u2024\u2027\u2219\u22c5\u30fb\uff65]/gu;

/**
 * One spelling for what a person typed: digits of any script become ASCII, separators go, a leading `00` becomes `+`.
 * A number without country code stays national, such as "33001122"; the service expands it by the enterprise's region.
 * @param {string} typed
 * @returns {string}
 */
export function normalisePhone(typed) {
  const text = typed
    .trim()
    .replace(/\p{Nd}/gu, digitOf)
    .replace(/[\uff0b\ufe62]/g, "+")
    .replace(SEPARATORS, "");
  if (/\p{Cf}/u.test(text)) throw new PhoneError("it holds an invisible character, as text from a chat may; type it");
  const number = text.replace(/^00/, "+");
  if (!/^\+?\d{4,15}$/.test(number)) throw new PhoneError("it must be digits, with + and the country code before them");
  return number;
}

/**
 * For a screen or a log where the whole number must not appear: the last two digits remain.
 * @param {string} phone
 */
export function maskPhone(phone) {
  return phone.slice(0, -2).replace(/\d/g, "•") + phone.slice(-2);
}

/** @param {string} char a decimal digit; each script's ten follow each other */
function digitOf(char) {
  const code = /** @type {number} */ (char.codePointAt(0));
  // The digits of mathematics are five tens in a row.
  if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10);
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(code - zero);
}
