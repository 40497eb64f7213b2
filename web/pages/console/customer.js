/** A customer's page. */

import { h } from "../shared/dom.js";
import { ago, day, directionOf, moment, money, number, percent } from "../shared/format.js";
import { amount, badgeChip, customerLink, empty, further, loaded, pair, phoneText, read, stateChip, theirs, told } from "./parts.js";
import { bars, meter } from "./plot.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */

const PAGE = 50;
const WEEK = 7 * 86_400_000;
const WEEKS = 13;

/** Permission, operation, path and text. @type {[string, string, string, keyof import("./words.js").Words][]} */
const ACTIONS = [
  ["customer:UPDATE", "correct", "correct", "correct"],
  ["customer:SEARCH", "duplicates", "duplicates", "duplicates"],
  ["customer:MERGE", "merge", "merge", "merge"],
  ["customer:EXPORT", "export", "export", "export"],
  ["customer:DELETE", "erase", "erase", "erase"],
];

/** @param {Context} ctx @param {string} id */
export function customerPage(ctx, id) {
  return loaded(ctx, () => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=${PAGE}`), (data, answer) => page(ctx, data, answer.completeness));
}

/** @param {Context} ctx @param {any} data @param {number | null} completeness */
function page(ctx, { customer, history, next_cursor: cursor }, completeness) {
  const { t, locale } = ctx;
  const { balance, activity } = customer;
  const here = customerLink(customer.customer_id);
  const plot = h("div", { class: "stack" });
  /** @type {any[]} */
  const all = [];
  const add = (/** @type {any[]} */ entries, /** @type {string | null} */ next) => {
    all.push(...entries);
    plot.replaceChildren(...visitsPlot(ctx, all, !next));
  };
  add(history, cursor);
  const actions = ACTIONS.filter(([permission, operation]) => ctx.can(permission) && ctx.offers(operation)).map(([, , path, name]) => h("a", { class: "button", href: `${here}/${path}` }, t[name]));
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "head" },
      h("div", null, h("h1", null, theirs(customer.name ?? t.guest)), h("p", { class: "row" }, phoneText(customer.phone), stateChip(ctx, customer.state), badgeChip(ctx, customer.badge))),
      h("div", { class: "row" }, ...actions),
    ),
    h(
      "div",
      { class: "columns" },
      card(t.money, h(
        "dl",
        { class: "pairs" },
        pair(t.canSpend, money(balance.spendable_minor, balance.currency, locale), "big main-figure"),
        pair(t.locked, money(balance.locked_promo_minor, balance.currency, locale), "big"),
        pair(t.spent, money(activity.lifetime_spend_minor, balance.currency, locale)),
        pair(t.since, day(customer.member_since, locale) || t.never),
      )),
      visitsCard(ctx, activity, plot),
      reasonCard(ctx, customer),
      listCard(t.grants, t.none, customer.grants.map((/** @type {any} */ grant) => [theirs(grant.grant_id), `${amount(ctx, grant)}, ${grant.expires_at ? told(t.until, { day: day(grant.expires_at, locale) }) : t.noEnd}`])),
      listCard(t.consent, t.none, Object.entries(customer.consent).map(([purpose, given]) => [theirs(purpose), h("span", { class: `chip ${given ? "good" : "bad"}` }, given ? t.given : t.withdrawn)])),
      listCard(t.preferences, t.none, Object.entries(customer.preferences).map(([name, value]) => [theirs(name), theirs(String(value))])),
      identifiersCard(ctx, customer, completeness),
    ),
    timeline(ctx, customer.customer_id, history, cursor, add),
  );
}

/** @param {string} title @param {...import("../shared/dom.js").Child} inside */
function card(title, ...inside) {
  return h("section", { class: "card" }, h("h2", null, title), ...inside);
}

/** @param {string} title @param {string} none @param {[Node | string, Node | string][]} rows */
function listCard(title, none, rows) {
  return card(title, rows.length === 0 ? h("p", { class: "quiet" }, none) : h("ul", { class: "list" }, ...rows.map(([name, value]) => h("li", null, h("span", null, name), h("strong", null, value)))));
}

/** @param {Context} ctx @param {any} activity @param {Element} plot of what is loaded of the history */
function visitsCard({ t, locale }, activity, plot) {
  return card(
    t.activity,
    h(
      "dl",
      { class: "pairs" },
      pair(t.visits, number(activity.visit_count, locale)),
      pair(t.visitsLately, number(activity.visit_count_last_90d, locale)),
      pair(t.lastVisit, activity.last_visit_at ? ago(activity.last_visit_at, locale, Date.now()) : t.never),
    ),
    plot,
  );
}

/**
 * The visits by week. Weeks before what is loaded are left out: nobody must take them for weeks without a visit.
 * @param {Context} ctx
 * @param {any[]} history newest first
 * @param {boolean} whole whether there is nothing older
 */
function visitsPlot(ctx, history, whole) {
  const { t, locale } = ctx;
  const begins = whole ? 0 : Date.parse(history.at(-1)?.occurred_at ?? "");
  const known = weekly(history, Date.now()).filter(({ from }) => from >= begins);
  const weeks = known.map(({ from, count }) => ({ label: day(new Date(from).toISOString(), locale), value: count, shown: number(count, locale) }));
  return [
    bars(weeks, t.visitsPlot, { height: 72, rtl: rtl(ctx) }),
    h("ul", { class: "unseen", "aria-label": t.visitsPlot }, ...weeks.filter(({ value }) => value > 0).map(({ label, shown }) => h("li", null, `${told(t.week, { day: label })}: ${shown}`))),
    ...(known.length < WEEKS ? [h("p", { class: "small quiet" }, t.visitsPart)] : []),
  ];
}

/** Purchases by week, oldest first. @param {any[]} history @param {number} now */
export function weekly(history, now) {
  const weeks = Array.from({ length: WEEKS }, (_, place) => ({ from: now - (WEEKS - place) * WEEK, count: 0 }));
  for (const { type, occurred_at: at } of history) {
    const week = weeks[WEEKS - 1 - Math.floor((now - Date.parse(at)) / WEEK)];
    if (type === "purchase.completed" && week) week.count += 1;
  }
  return weeks;
}

/** @param {Context} ctx */
function rtl({ locale }) {
  return directionOf(locale) === "rtl";
}

/** @param {Context} ctx @param {any} customer */
function reasonCard(ctx, customer) {
  const { t, locale } = ctx;
  const { badge, rule, measures, thresholds } = customer.badge_reason;
  const spend = (/** @type {number} */ minor) => money(minor, customer.balance.currency, locale);
  const plain = (/** @type {number} */ value) => number(value, locale);
  /** @type {[string, number, number, (value: number) => string][]} */
  const ways = [
    [t.toVip, measures.visit_count_last_90d, thresholds.vip_visits_90d, plain],
    [t.toVipSpend, measures.lifetime_spend_minor, thresholds.vip_lifetime_spend_minor, spend],
    [t.toRegular, measures.visit_count, thresholds.regular_visits, plain],
  ];
  return card(
    t.why,
    h("p", { class: "row" }, badgeChip(ctx, badge), h("span", null, word(t, `rule_${rule}`, rule))),
    ...ways.map(([name, value, goal, shown]) => meter(name, value, goal, told(t.ofGoal, { value: shown(value), goal: shown(goal) }), rtl(ctx))),
  );
}

/** @param {Context} ctx @param {any} customer @param {number | null} completeness */
function identifiersCard(ctx, customer, completeness) {
  const { t, locale } = ctx;
  const parts = ctx.can("customer:MERGE") && ctx.offers("unmerge");
  const ids = customer.provider_customer_ids;
  return card(
    t.identifiers,
    h(
      "dl",
      { class: "stack" },
      pair(t.customerId, h("code", { dir: "ltr" }, customer.customer_id)),
      pair(t.posIds, ids.length === 0 ? t.none : h("span", { class: "row" }, ...ids.map((/** @type {string} */ id) => h("code", null, theirs(id))))),
      completeness !== null && pair(t.completeness, percent(completeness / 100, locale)),
      customer.absorbed_count > 0 && pair(
        `${t.absorbed} (${number(customer.absorbed_count, locale)})`,
        h("ul", null, ...customer.absorbed.map((/** @type {any} */ each) => h("li", { class: "row" }, phoneText(each.phone), h("span", null, day(each.merged_at, locale)), parts && h("a", { class: "button", href: `${customerLink(customer.customer_id)}/unmerge/${encodeURIComponent(each.customer_id)}` }, t.unmerge)))),
      ),
    ),
  );
}

/** @param {Context} ctx @param {string} id @param {any[]} history @param {string | null} cursor @param {(entries: any[], next: string | null) => void} added */
function timeline(ctx, id, history, cursor, added) {
  const { t } = ctx;
  if (history.length === 0) return card(t.history, empty(t.noHistory));
  const list = h("ol", { class: "timeline" }, ...history.map((entry) => event(ctx, entry)));
  const ask = (/** @type {string} */ next) => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=${PAGE}&cursor=${encodeURIComponent(next)}`);
  return card(t.history, list, further(ctx, cursor, ask, (data) => {
    list.append(...data.history.map((/** @type {any} */ entry) => event(ctx, entry)));
    added(data.history, data.next_cursor);
  }));
}

/** @param {Context} ctx @param {any} entry */
function event(ctx, { type, occurred_at: at, detail }) {
  const { amount_minor: minor, currency, ...rest } = detail;
  const details = Object.entries(rest).map(([name, value]) => h("span", null, `${name} `, theirs(typeof value === "object" ? JSON.stringify(value) : String(value))));
  return h(
    "li",
    null,
    h("time", { datetime: at }, moment(at, ctx.locale)),
    h("div", null, h("strong", null, word(ctx.t, `fact_${type}`, "") || theirs(type)), h("p", { class: "detail" }, ...details)),
    h("strong", null, minor === undefined ? "" : amount(ctx, { amount_minor: minor, currency })),
  );
}
