/** The owner's figures: plots, the same as tables, the period before, by branch, CSV. */

import { Money } from "../sdk/money.js";
import { h } from "../shared/dom.js";
import { day, directionOf, moment, money, number, percent } from "../shared/format.js";
import { loaded, pair, read, table, told } from "./parts.js";
import { lines } from "./plot.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {{ from: string, to: string, branch: string }} Asked */

const DAY = 86_400_000;
const DAYS = 30;
const MEASURES = /** @type {const} */ (["visits", "spend_minor", "new_customers"]);

/** @param {Context} ctx */
export function figuresPage(ctx) {
  const { t } = ctx;
  const today = Date.now();
  const from = h("input", { id: "from", type: "date", value: iso(today - (DAYS - 1) * DAY), required: true });
  const to = h("input", { id: "to", type: "date", value: iso(today), required: true });
  const branch = h("input", { id: "branch", autocomplete: "off", maxlength: 64, dir: "ltr", "aria-describedby": "branch-hint" });
  const shown = h("div", { class: "stack" });
  /** @type {AbortController | null} */
  let current = null;
  const show = () => {
    current?.abort();
    current = new AbortController();
    const mine = { ...ctx, signal: AbortSignal.any([ctx.signal, current.signal]) };
    shown.replaceChildren(figures(mine, { from: from.value, to: to.value, branch: branch.value.trim() }));
  };
  show();
  return h(
    "div",
    { class: "stack" },
    h("h1", null, t.figuresTitle),
    h(
      "form",
      { class: "columns", onsubmit: (event) => { event.preventDefault(); show(); } },
      h("div", null, h("label", { for: "from" }, t.from), from),
      h("div", null, h("label", { for: "to" }, t.to), to),
      h("div", null, h("label", { for: "branch" }, t.branch), branch, h("p", { class: "hint", id: "branch-hint" }, t.branchHint)),
      h("div", null, h("button", { class: "main" }, t.show)),
    ),
    shown,
  );
}

/** @param {number} at @returns {string} the day in UTC */
function iso(at) {
  return new Date(at).toISOString().slice(0, 10);
}

/** The days just before, as many. @param {Asked} asked @returns {Asked} */
export function periodBefore({ from, to, branch }) {
  const length = Date.parse(to) - Date.parse(from) + DAY;
  return { from: iso(Date.parse(from) - length), to: iso(Date.parse(from) - DAY), branch };
}

/** @param {Asked} asked */
function path({ from, to, branch }) {
  return `/customers/stats?${new URLSearchParams({ from, to, ...(branch && { branch_id: branch }) })}`;
}

/** @param {Context} ctx @param {Asked} asked */
function figures(ctx, asked) {
  const both = async () => {
    const [now, before] = await Promise.all([read(ctx, path(asked)), read(ctx, path(periodBefore(asked)))]);
    return now.ok && before.ok ? { ...now, data: { now: now.data, before: before.data } } : now.ok ? before : now;
  };
  return loaded(ctx, both, ({ now, before }) => page(ctx, now, before));
}

/** @param {Context} ctx @param {any} now @param {any} before */
function page(ctx, now, before) {
  const { t, locale } = ctx;
  const spend = (/** @type {number} */ minor) => money(minor, now.currency, locale);
  const plain = (/** @type {number} */ value) => number(value, locale);
  /** @type {[string, string, (value: number) => string][]} */
  const plots = [["visits", t.visits, plain], ["spend_minor", t.spendPerDay, spend], ["new_customers", t.newCustomers, plain]];
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "head" }, h("p", { class: "quiet" }, told(t.asOf, { time: moment(now.as_of, locale), zone: now.time_zone })), h("button", { type: "button", onclick: () => download(now) }, t.csv)),
    h("div", { class: "columns" }, ...plots.map(([measure, name, shown]) => plotCard(ctx, now, before, measure, name, shown))),
    h("div", { class: "columns" }, liabilities(ctx, now, spend), customers(ctx, now)),
    h("details", null, h("summary", null, t.table), daysTable(ctx, now, spend)),
  );
}

/** @param {Context} ctx @param {any} now @param {any} before @param {string} measure @param {string} name @param {(value: number) => string} shown */
function plotCard({ t, locale }, now, before, measure, name, shown) {
  const [value, was] = [now.period[measure], before.period[measure]];
  const points = now.days.map((/** @type {any} */ each) => ({ label: day(`${each.date}T00:00:00Z`, locale, "UTC"), value: each[measure], shown: shown(each[measure] ?? 0) }));
  if (value === null) return h("section", { class: "card" }, h("h2", null, name), h("p", { class: "quiet" }, t.none));
  return h(
    "section",
    { class: "card" },
    h("h2", null, name),
    h("dl", null, h("dt", { class: "unseen" }, t.this), h("dd", { class: "big main-figure" }, shown(value)), h("dt", { class: "unseen" }, t.before), h("dd", { class: "delta" }, `${t.before}: ${shown(was)} (${change(value, was, t.noChange, locale)})`)),
    lines(points, before.days.map((/** @type {any} */ each) => each[measure]), name, { height: 120, rtl: directionOf(locale) === "rtl" }),
    h("p", { class: "key" }, h("span", null, t.this), h("span", { class: "was" }, t.before)),
  );
}

/** @param {number} now @param {number} was @param {string} same @param {string} locale */
export function change(now, was, same, locale) {
  if (now === was) return same;
  if (was === 0) return "+";
  return new Intl.NumberFormat(locale, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }).format((now - was) / was);
}

/** @param {Context} ctx @param {any} now @param {(minor: number) => string} spend */
function liabilities({ t, locale }, now, spend) {
  const known = (/** @type {number | null} */ minor) => (minor === null ? "–" : spend(minor));
  return h(
    "section",
    { class: "card" },
    h("h2", null, t.liabilities),
    h(
      "dl",
      { class: "pairs" },
      pair(t.canSpend, known(now.spendable_minor), "big"),
      pair(t.locked, known(now.locked_promo_minor), "big"),
      pair(t.unclaimed, known(now.unclaimed_cashback_minor)),
      pair(t.forfeited, known(now.forfeited_promo_minor)),
      pair(t.basket, known(now.period.average_basket_minor)),
      pair(t.repeat, now.repeat_rate === null ? "–" : percent(now.repeat_rate, locale)),
    ),
  );
}

/** @param {Context} ctx @param {any} now */
function customers({ t, locale }, now) {
  const known = (/** @type {number | null | undefined} */ count) => (count === null || count === undefined ? "–" : number(count, locale));
  const listed = (/** @type {Record<string, number> | null} */ of, /** @type {string} */ prefix) => Object.entries(of ?? {}).map(([name, count]) => pair(word(t, prefix + name, name), known(count)));
  return h(
    "section",
    { class: "card" },
    h("h2", null, t.byStatus),
    h("dl", { class: "pairs" }, pair(t.active, known(now.active_customers), "big"), ...listed(now.customers, "status_")),
    h("h2", null, t.byBadge),
    h("dl", { class: "pairs" }, ...listed(now.badges, "badge_")),
  );
}

/** @param {Context} ctx @param {any} now @param {(minor: number) => string} spend */
function daysTable({ t, locale }, now, spend) {
  const counted = (/** @type {string} */ name, /** @type {string} */ of) => ({ name, number: true, cell: (/** @type {any} */ row) => (row[of] === null ? "–" : number(row[of], locale)) });
  const paid = (/** @type {string} */ name, /** @type {string} */ of) => ({ name, number: true, cell: (/** @type {any} */ row) => (row[of] === null ? "–" : spend(row[of])) });
  const columns = [{ name: t.day, cell: (/** @type {any} */ row) => day(`${row.date}T00:00:00Z`, locale, "UTC") }, counted(t.visits, "visits"), paid(t.spendPerDay, "spend_minor"), paid(t.refunds, "refunded_minor"), counted(t.newCustomers, "new_customers")];
  return table(t.figuresTitle, columns, now.days).place;
}

/** The days as a spreadsheet reads them: exact decimals, no grouping. @param {any} stats @returns {string} */
export function csv(stats) {
  const exact = (/** @type {number | null} */ minor) => (minor === null ? "" : new Money(minor, stats.currency).toDecimal());
  const head = ["date", ...MEASURES.map((each) => each.replace("_minor", "")), "refunded", "currency"];
  const rows = stats.days.map((/** @type {any} */ each) => [each.date, each.visits, exact(each.spend_minor), each.new_customers ?? "", exact(each.refunded_minor), stats.currency]);
  return [head, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

/** @param {any} stats */
function download(stats) {
  const address = URL.createObjectURL(new Blob([csv(stats)], { type: "text/csv" }));
  h("a", { href: address, download: `figures-${stats.from}-${stats.to}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
