/** A customer's history: a timeline that comes page by page. */

import { h } from "../shared/dom.js";
import { day, moment, number } from "../shared/format.js";
import { amount, appended, empty, further, read, theirs } from "./parts.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {{ type: string, occurred_at: string, detail: Record<string, any> }} Entry */

export const PAGE = 50;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/u;
const EVENT = /^event\./u;
const BRANCH = /^[A-Za-z0-9._:-]{1,64}$/u;
/** Where an instant is only a day for whoever reads it. */
const DAYS = new Set(["member_since"]);

/** @param {Context} ctx @param {string} id @param {Entry[]} history @param {string | null} cursor */
export function timeline(ctx, id, history, cursor) {
  const { t } = ctx;
  const heading = h("h2", null, t.history);
  if (history.length === 0) return h("section", { class: "card" }, heading, empty(t.noHistory));
  const list = h("ol", { class: "timeline" }, ...history.map((entry) => shown(ctx, entry)));
  const ask = (/** @type {string} */ next) => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=${PAGE}&cursor=${encodeURIComponent(next)}`);
  return h("section", { class: "card" }, heading, list, further(ctx, cursor, ask, (data) => appended(list, data.history.map((/** @type {Entry} */ entry) => shown(ctx, entry)))));
}

/** @param {Context} ctx @param {Entry} entry */
function shown(ctx, { type, occurred_at: at, detail }) {
  const { amount_minor: minor, currency, ...rest } = detail;
  const named = word(ctx.t, `fact_${type.replace(EVENT, "")}`, "") || theirs(type);
  const details = flat(rest).map(([name, value]) => h("span", null, label(ctx, name), ": ", valueOf(ctx, name, value, currency)));
  return h(
    "li",
    null,
    h("time", { datetime: at }, moment(at, ctx.locale)),
    h("div", null, h("strong", null, named), details.length > 0 && h("p", { class: "detail" }, ...details)),
    h("strong", null, minor === undefined || !currency ? "" : amount(ctx, { amount_minor: minor, currency })),
  );
}

/** An object's own entries stand beside the others: `consent: { marketing: true }` is `marketing: true`. @param {Record<string, any>} detail @returns {[string, unknown][]} */
function flat(detail) {
  return Object.entries(detail).flatMap(([name, value]) => {
    if (value === null || value === undefined) return [];
    if (typeof value !== "object" || Array.isArray(value)) return [[name, value]];
    return Object.entries(value).map(([inner, each]) => /** @type {[string, unknown]} */ ([inner, each]));
  });
}

/** @param {Context} ctx @param {string} name */
function label(ctx, name) {
  return word(ctx.t, `detail_${name}`, "") || theirs(name);
}

/** @param {Context} ctx @param {string} name @param {unknown} value @param {string | undefined} currency of the entry */
function valueOf(ctx, name, value, currency) {
  const { t, locale } = ctx;
  if (typeof value === "boolean") return value ? t.yes : t.no;
  if (isInstant(value)) return DAYS.has(name) ? day(value, locale) : moment(value, locale);
  if (typeof value === "number" && name.endsWith("_minor") && currency) return amount(ctx, { amount_minor: value, currency });
  if (name === "branch_id") return branch(ctx, String(value));
  return theirs(typeof value === "object" ? several(value, locale) : String(value));
}

/** @param {unknown} value @returns {value is string} */
function isInstant(value) {
  return typeof value === "string" && INSTANT.test(value);
}

/** An import may list 2,000 visits: of instants, and of what has parts of its own, how many. @param {unknown} value @param {string} locale */
function several(value, locale) {
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.some((each) => isInstant(each) || typeof each === "object") ? number(value.length, locale) : value.join(", ");
}

/** Its figures are one press away. @param {Context} ctx @param {string} id */
function branch(ctx, id) {
  const offered = BRANCH.test(id) && ctx.can("customer:STATS") && ctx.offers("stats");
  return offered ? h("a", { href: `#/figures/${encodeURIComponent(id)}` }, theirs(id)) : theirs(id);
}
