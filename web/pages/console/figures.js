/** The owner's figures: plots, the same as tables, the period before, by branch, CSV. */

import { Money } from "../sdk/money.js";
import { h } from "../shared/dom.js";
import { day, directionOf, moment, money, number, percent } from "../shared/format.js";
import { loaded, pair, read, table, told } from "./parts.js";
import { filled } from "../panel/words.js";
import { bars, meter } from "./plot.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {{ from?: string, to?: string, branch: string }} Asked without days: the last thirty of the enterprise */

const DAY = 86_400_000;
const RANGES = [7, 30, 90, 365];

/** @param {Context} ctx @param {string} of the branch to begin with, or an empty text */
export function figuresPage(ctx, of) {
  const { t } = ctx;
  const from = h("input", { id: "from", type: "date", required: true });
  const to = h("input", { id: "to", type: "date", required: true });
  const branch = h("input", { id: "branch", autocomplete: "off", maxlength: 64, dir: "ltr", value: of, "aria-describedby": "branch-hint" });
  const shown = h("div", { class: "stack" });
  /** @type {AbortController | null} */
  let current = null;
  /** @param {Asked} asked */
  const show = (asked) => {
    current?.abort();
    current = new AbortController();
    const mine = { ...ctx, signal: AbortSignal.any([ctx.signal, current.signal]) };
    // The days are the enterprise's own: it says which day is its today.
    shown.replaceChildren(figures(mine, asked, (period) => {
      [from.value, to.value] = [period.from, period.to];
      for (const [days, button] of ranges) button.setAttribute("aria-pressed", String(Date.parse(period.to) - Date.parse(period.from) === (days - 1) * DAY));
    }));
  };
  const last = (/** @type {number} */ days) => () => show({ ...(to.value && { from: iso(Date.parse(to.value) - (days - 1) * DAY), to: to.value }), branch: branch.value.trim() });
  const ranges = RANGES.map((days) => /** @type {const} */ ([days, h("button", { type: "button", "aria-pressed": "false", onclick: last(days) }, filled(t.lastDays, { count: number(days, ctx.locale) }))]));
  show({ branch: of });
  return h(
    "div",
    { class: "stack" },
    h("h1", null, t.figuresTitle),
    h(
      "form",
      { class: "card tools", onsubmit: (event) => { event.preventDefault(); show({ from: from.value, to: to.value, branch: branch.value.trim() }); } },
      h("div", { class: "row wide", role: "group", "aria-label": t.period }, ...ranges.map(([, button]) => button)),
      h("div", null, h("label", { for: "from" }, t.from), from),
      h("div", null, h("label", { for: "to" }, t.to), to),
      h("div", null, h("label", { for: "branch" }, t.branch), branch),
      h("button", { class: "main" }, t.show),
      h("p", { class: "hint wide", id: "branch-hint" }, t.branchHint),
    ),
    shown,
  );
}

/** @param {number} at @returns {string} the day in UTC */
function iso(at) {
  return new Date(at).toISOString().slice(0, 10);
}

/** The days just before, as many. @param {{ from: string, to: string }} period @returns {{ from: string, to: string }} */
export function periodBefore({ from, to }) {
  const length = Date.parse(to) - Date.parse(from) + DAY;
  return { from: iso(Date.parse(from) - length), to: iso(Date.parse(from) - DAY) };
}

/** @param {Asked} asked */
function path({ from, to, branch }) {
  return `/customers/stats?${new URLSearchParams({ ...(from && { from }), ...(to && { to }), ...(branch && { branch_id: branch }) })}`;
}

/** @param {Context} ctx @param {Asked} asked @param {(period: { from: string, to: string }) => void} tell */
function figures(ctx, asked, tell) {
  const both = async () => {
    const now = await read(ctx, path(asked));
    if (!now.ok) return now;
    tell(now.data);
    const before = await read(ctx, path({ ...periodBefore(now.data), branch: asked.branch }));
    return before.ok ? { ...now, data: { now: now.data, before: before.data } } : before;
  };
  return loaded(ctx, both, ({ now, before }) => page(ctx, now, before));
}

/** @param {Context} ctx @param {any} now @param {any} before */
function page(ctx, now, before) {
  const { t, locale } = ctx;
  const spend = (/** @type {number} */ minor) => money(minor, now.currency, locale);
  const plain = (/** @type {number} */ value) => number(value, locale);
  /** @type {[string, string, (value: number) => string, boolean][]} */
  const plots = [["visits", t.visits, plain, true], ["spend_minor", t.spendPerDay, spend, false], ["new_customers", t.newCustomers, plain, true], ["active_customers", t.activePerDay, plain, true]];
  return h(
    "div",
    { class: "stack" },
    h("div", { class: "head" }, h("p", { class: "quiet" }, told(t.asOf, { time: moment(now.as_of, locale), zone: now.time_zone })), h("button", { type: "button", onclick: () => download(now) }, t.csv)),
    now.branch_id && h("p", { class: "notice" }, told(t.ofBranch, { branch: now.branch_id })),
    h("div", { class: "columns plots" }, ...plots.map(([measure, name, shown, whole]) => plotCard(ctx, now, before, measure, name, shown, whole))),
    h("div", { class: "columns" }, behaviour(ctx, now, before, spend), !now.branch_id && liabilities(ctx, now, spend), !now.branch_id && customers(ctx, now)),
  );
}

/** @param {Context} ctx @param {any} now @param {any} before @param {string} measure @param {string} name @param {(value: number) => string} shown @param {boolean} whole */
function plotCard(ctx, now, before, measure, name, shown, whole) {
  const { t, locale } = ctx;
  const value = ofPeriod(now, measure);
  if (value === null) return h("section", { class: "card" }, h("h2", null, name), h("p", { class: "quiet" }, now.branch_id ? t.notByBranch : t.notSoFarBack));
  const points = now.days.map((/** @type {any} */ each) => ({ label: shortDay(each.date, locale), value: each[measure] ?? 0, shown: cell(each[measure], shown) }));
  const was = before.days.map((/** @type {any} */ each) => each[measure] ?? 0);
  const compare = ofPeriod(before, measure);
  return h(
    "section",
    { class: "card" },
    h("h2", null, name),
    compare === null ? h("p", { class: "big main-figure" }, shown(value)) : compared(ctx, value, compare, shown),
    measure === "active_customers" && h("p", { class: "hint" }, t.activePerDayHint),
    bars(points, { before: was, rtl: directionOf(locale) === "rtl", shown, whole }),
    h("p", { class: "key" }, h("span", null, t.this), h("span", { class: "was" }, t.before)),
    h("details", null, h("summary", null, t.table), daysTable(ctx, name, now, before, measure, shown)),
  );
}

/** The sum of a period; of active customers the mean of its days, for who comes on two days is one customer of each. Null: not counted. @param {any} stats @param {string} measure @returns {number | null} */
export function ofPeriod(stats, measure) {
  if (measure in stats.period) return stats.period[measure];
  const counted = stats.days.map((/** @type {any} */ each) => each[measure]).filter((/** @type {number | null} */ each) => each !== null);
  return counted.length === 0 ? null : Math.round((counted.reduce((/** @type {number} */ sum, /** @type {number} */ each) => sum + each, 0) / counted.length) * 10) / 10;
}

/** @param {number | null} value @param {(value: number) => string} shown */
function cell(value, shown) {
  return value === null ? "–" : shown(value);
}

/** @param {string} date @param {string} locale */
function dayName(date, locale) {
  return day(`${date}T00:00:00Z`, locale, "UTC");
}

/** Without the year, which the fields above say. @param {string} date @param {string} locale */
function shortDay(date, locale) {
  return new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", calendar: "gregory", timeZone: "UTC" }).format(new Date(date));
}

/** A figure and the period before. @param {Context} ctx @param {number} value @param {number} was @param {(value: number) => string} shown */
function compared({ t, locale }, value, was, shown) {
  return h("dl", null, h("dt", { class: "unseen" }, t.this), h("dd", { class: "big main-figure" }, shown(value)), h("dt", { class: "unseen" }, t.before), h("dd", { class: "delta" }, was === 0 && value !== 0 ? told(t.wasNone, { value: shown(was) }) : told(t.wasBefore, { value: shown(was), change: change(value, was, t.noChange, locale) })));
}

/** @param {number} now @param {number} was @param {string} same @param {string} locale */
export function change(now, was, same, locale) {
  if (now === was) return same;
  if (was === 0) return "+";
  return new Intl.NumberFormat(locale, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 }).format((now - was) / was);
}

/** What customers do: the basket by period, the others as of now. @param {Context} ctx @param {any} now @param {any} before @param {(minor: number) => string} spend */
function behaviour(ctx, now, before, spend) {
  const { t, locale } = ctx;
  const [basket, was] = [now.period.average_basket_minor, before.period.average_basket_minor];
  return h(
    "section",
    { class: "card" },
    h("h2", null, t.basket),
    basket === null ? h("p", { class: "quiet" }, t.noVisits) : was === null ? h("p", { class: "big main-figure" }, spend(basket)) : compared(ctx, basket, was, spend),
    now.period.refunded_minor !== null && h("dl", { class: "pairs" }, pair(t.refunds, spend(now.period.refunded_minor)), pair(t.refundCount, number(now.period.refunds, locale))),
    !now.branch_id && h("h2", null, t.returning),
    !now.branch_id && h("dl", { class: "pairs" }, pair(t.repeat, now.repeat_rate === null ? "–" : percent(now.repeat_rate, locale), "big"), pair(t.active, number(now.active_customers, locale), "big")),
    !now.branch_id && h("p", { class: "hint" }, t.returningHint),
  );
}

/** @param {Context} ctx @param {any} now @param {(minor: number) => string} spend */
function liabilities({ t }, now, spend) {
  return h(
    "section",
    { class: "card" },
    h("h2", null, t.liabilities),
    h(
      "dl",
      { class: "pairs" },
      pair(t.spendable, spend(now.spendable_minor), "big"),
      pair(t.locked, spend(now.locked_promo_minor), "big"),
      pair(t.unclaimed, spend(now.unclaimed_cashback_minor)),
      pair(t.forfeited, spend(now.forfeited_promo_minor)),
    ),
    h("p", { class: "hint" }, t.liabilitiesHint),
  );
}

/** Shares of all, as bars and as numbers. @param {Context} ctx @param {any} now */
function customers(ctx, now) {
  const { t } = ctx;
  return h("section", { class: "card" }, h("h2", null, t.byStatus), shares(ctx, now.customers, "status_"), h("h2", null, t.byBadge), shares(ctx, now.badges, "badge_"));
}

/** @param {Context} ctx @param {Record<string, number>} counts @param {string} prefix */
function shares({ t, locale }, counts, prefix) {
  const all = Object.values(counts).reduce((sum, each) => sum + each, 0);
  return h("div", { class: "stack tight" }, ...Object.entries(counts).map(([name, count]) =>
    meter(word(t, prefix + name, name), count, Math.max(1, all), told(t.share, { count: number(count, locale), share: percent(all > 0 ? count / all : 0, locale) }), directionOf(locale) === "rtl"),
  ));
}

/** A plot's own table: each day, and the day as far into the period before. @param {Context} ctx @param {string} name @param {any} now @param {any} before @param {string} measure @param {(value: number) => string} shown */
function daysTable({ t, locale }, name, now, before, measure, shown) {
  const rows = now.days.map((/** @type {any} */ each, /** @type {number} */ place) => ({ date: each.date, value: each[measure], was: before.days[place] }));
  const columns = [
    { name: t.day, cell: (/** @type {any} */ row) => dayName(row.date, locale) },
    { name: t.this, number: true, cell: (/** @type {any} */ row) => cell(row.value, shown) },
    { name: t.dayBefore, cell: (/** @type {any} */ row) => (row.was ? dayName(row.was.date, locale) : "–") },
    { name: t.before, number: true, cell: (/** @type {any} */ row) => (row.was ? cell(row.was[measure], shown) : "–") },
  ];
  return table(name, columns, rows).place;
}

/** The days as a spreadsheet reads them: exact decimals, no grouping. @param {any} stats @returns {string} */
export function csv(stats) {
  const exact = (/** @type {number | null} */ minor) => (minor === null ? "" : new Money(minor, stats.currency).toDecimal());
  const head = ["date", "visits", "spend", "new_customers", "active_customers", "refunded", "currency"];
  const rows = stats.days.map((/** @type {any} */ each) => [each.date, each.visits, exact(each.spend_minor), each.new_customers ?? "", each.active_customers ?? "", exact(each.refunded_minor), stats.currency]);
  return [head, ...rows].map((row) => `${row.join(",")}\r\n`).join("");
}

/** @param {any} stats */
function download(stats) {
  const address = URL.createObjectURL(new Blob([csv(stats)], { type: "text/csv" }));
  h("a", { href: address, download: `figures-${stats.from}-${stats.to}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
