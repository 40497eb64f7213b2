/**
 * What the API refuses, in the reader's own words. The API's words are for those who integrate it, in English: they stay
 * beside, marked as English.
 */

import { h } from "../shared/dom.js";
import { visible } from "../shared/format.js";
import { REFUSALS } from "./refusal-words.js";

/**
 * @typedef {import("./parts.js").Context} Context
 * @typedef {import("../shared/api.js").Answer} Answer
 * @typedef {import("../shared/dom.js").Child} Child
 */

/**
 * Part of an issue or a blocker as the API words it, and the text for it. A test finds each part in the API's sources.
 * @type {[string, string][]}
 */
export const ISSUES = [
  ["is another customer's; if both are one person, merge them", "taken"],
  ["must be a valid mobile number", "notMobile"],
  ["must be of a country to which the enterprise sends SMS", "noSmsThere"],
  ["is not a possible number", "impossible"],
  ["is not a phone number", "impossible"],
  ["must begin with + and the country code", "noCountry"],
  ["may only have digits, +, spaces", "notDigits"],
  ["may only have + at its start", "notDigits"],
  ["holds an invisible character", "invisible"],
  ["must be + and the first 1 to 15 digits", "notDigits"],
  ["is empty; send an E.164 number", "missing"],
  ["is missing", "missing"],
  ["must have 1 to", "length"],
  ["must be one line of text", "oneLine"],
  ["must hold a character that can be seen", "unseen"],
  ["must have name or phone", "missing"],
  ["has no letter or digit to search by", "nothingToSearch"],
  ["resolves to the same customer as the path", "same"],
  ["the two customers have different currencies", "currencies"],
  ["one of the two is disabled", "disabled"],
  ["phone is not verified and the other's is", "otherWay"],
  ["the other has absorbed more than", "otherWay"],
  ["together they have more than", "tooManyIds"],
  ["is not merged into the customer in the path", "notMerged"],
  ["the phone of this customer is another's by now", "phoneGone"],
  ["in minor units would be owed by one of the two", "owes"],
  ["is said to be another person than", "tooManyOthers"],
  ["has spendable money, which the merchant owes the customer", "unsettled"],
  ["some stored copies could not be removed", "copiesLeft"],
  ["the money was not settled in time", "settledLate"],
  ["must not be after `to`", "fromAfterTo"],
  ["days before the end of `to`", "tooManyDays"],
  ["is not a valid date", "notADate"],
  ["must be a date, e.g.", "notADate"],
  ["must be a branch id", "notABranch"],
  ["is not a next_cursor of this query", "oldPage"],
  ["must be the enterprise's currency", "wrongCurrency"],
  ["the enterprise already uses another currency", "wrongCurrency"],
  ["is the id of another fact", "idTaken"],
  ["the grant had ended by then", "grantEnded"],
  ["is not one of", "unknownKind"],
  ["may not speak for this enterprise", "notYourSource"],
  ["is before 1970 or in the future", "wrongTime"],
  ["must be RFC 3339 with a time zone", "wrongTime"],
  ["has been imported for this customer already", "importedAlready"],
  ["no such customer is known", "customerUnknown"],
  ["no such grant is known", "grantUnknown"],
  ["provider ids already", "tooManyIds"],
];

/** @param {Context} ctx @returns {Record<string, string>} */
const wordsOf = ({ lang }) => /** @type {Record<string, string>} */ (REFUSALS[lang] ?? REFUSALS.en);

/** @param {Context} ctx @param {string} issue as the API words it @returns {string[]} in the reader's words; none if it is not known */
export function explained(ctx, issue) {
  const words = wordsOf(ctx);
  return [...new Set(ISSUES.filter(([part]) => issue.includes(part)).map(([, key]) => words[`issue_${key}`] ?? ""))].filter(Boolean);
}

/** The API's own words: English, in any language of the page. @param {string} text @param {string} [looks] */
export function english(text, looks = "") {
  return h("span", { lang: "en", dir: "ltr", class: looks || null }, h("bdi", null, visible(text)));
}

/** @param {Context} ctx @param {string} field as the API names it */
export function fieldName(ctx, field) {
  return wordsOf(ctx)[`field_${field.split(".").at(-1)}`];
}

/**
 * A sentence of the API as an entry of a list: in the reader's words where they are known, with the API's beside.
 * @param {Context} ctx @param {string} sentence
 */
export function blocker(ctx, sentence) {
  const known = explained(ctx, sentence);
  if (known.length === 0) return h("li", null, english(sentence));
  return h("li", null, known.join(" "), " ", english(sentence, "small original"));
}

/** What keeps something from being done. @param {Context} ctx @param {string} title @param {string[]} blockers @param {string} [looks] */
export function blocked(ctx, title, blockers, looks = "problem") {
  return h("div", { class: looks, role: looks === "problem" ? "alert" : null }, h("h2", null, title), h("ul", { class: "reasons" }, ...blockers.map((each) => blocker(ctx, each))));
}

/** `field: issue`, as a refused fact has its reason. @param {Context} ctx @param {string} reason */
export function reasonShown(ctx, reason) {
  const [field = "", ...rest] = reason.split(": ");
  const known = rest.length > 0 ? explained(ctx, reason) : [];
  const named = fieldName(ctx, field);
  return h("div", null, known.length > 0 && h("p", null, named ? `${named}: ` : null, known.join(" ")), h("p", { class: known.length > 0 ? "small original" : null }, english(reason)));
}

/** A refusal of the API: why, by field; its own words; and the id to quote. @param {Context} ctx @param {Answer} answer @param {(() => void) | null} [retry] */
export function problem(ctx, answer, retry = null) {
  const { t } = ctx;
  const { requestId, status } = answer;
  const { code, message, details } = answer.error ?? { code: String(status), message: "", details: [] };
  const reasons = details.flatMap(({ field, issue }) => explained(ctx, issue).map((text) => h("li", null, named(ctx, field), text)));
  const more = details.filter(({ issue }) => !message.includes(issue));
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h2", null, t.problem),
    reasons.length > 0 ? h("ul", { class: "reasons" }, ...reasons) : h("p", null, ofCode(ctx, code)),
    h("p", { class: "small original" }, english([code, message].filter(Boolean).join(": "))),
    ...more.map(({ field, issue }) => h("p", { class: "small original" }, english(`${field}: ${issue}`))),
    requestId && h("p", { class: "small quiet" }, ...around(t.requestId, "{id}", h("code", { dir: "ltr" }, requestId))),
    retry && status >= 429 && h("div", null, h("button", { type: "button", onclick: retry }, t.retry)),
  );
}

/** @param {Context} ctx @param {string} code */
function ofCode(ctx, code) {
  const words = wordsOf(ctx);
  return words[`code_${code}`] ?? words.code_other;
}

/** @param {Context} ctx @param {string} field @returns {Child} */
function named(ctx, field) {
  const name = fieldName(ctx, field);
  return name ? h("strong", null, `${name}: `) : null;
}

/** @param {string} text @param {string} hole @param {Node} inside @returns {Child[]} */
function around(text, hole, inside) {
  const [before, after] = text.split(hole);
  return [before, inside, after];
}

/** @param {Context} ctx @param {boolean} writing @param {(() => void) | null} retry */
export function lost({ t }, writing, retry) {
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h2", null, writing ? t.lostWrite : t.lost),
    h("p", null, writing ? t.lostWriteHint : t.lostHint),
    retry && h("div", null, h("button", { type: "button", onclick: retry }, t.retry)),
  );
}
