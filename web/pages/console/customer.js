/** A customer's page. */

import { h } from "../shared/dom.js";
import { ago, day, directionOf, money, number, percent } from "../shared/format.js";
import { PAGE, timeline } from "./history.js";
import { amount, badgeChip, crumb, customerLink, loaded, pair, phoneText, read, stateChip, theirs, told } from "./parts.js";
import { bars, meter } from "./plot.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */

const DAY = 86_400_000;
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
  const actions = ACTIONS.filter(([permission, operation]) => ctx.can(permission) && ctx.offers(operation)).map(([, , path, name]) => h("a", { class: "button", href: `${here}/${path}` }, t[name]));
  return h(
    "div",
    { class: "stack" },
    ctx.can("customer:SEARCH") && crumb("#/customers", t.navCustomers),
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
      visitsCard(ctx, activity, customer.visits_by_day),
      reasonCard(ctx, customer),
      listCard(t.grants, t.none, customer.grants.map((/** @type {any} */ grant) => [theirs(grant.grant_id), h("span", null, amount(ctx, grant), " ", h("span", { class: "quiet" }, grant.expires_at ? told(t.until, { day: day(grant.expires_at, locale) }) : t.noEnd))])),
      listCard(t.consent, t.none, Object.entries(customer.consent).map(([purpose, given]) => [theirs(purpose), h("span", { class: `chip ${given ? "good" : "bad"}` }, given ? t.given : t.withdrawn)])),
      listCard(t.preferences, t.none, Object.entries(customer.preferences).map(([name, value]) => [theirs(name), typeof value === "boolean" ? (value ? t.yes : t.no) : theirs(String(value))])),
      identifiersCard(ctx, customer, completeness),
    ),
    timeline(ctx, customer.customer_id, history, cursor),
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

/** @param {Context} ctx @param {any} activity @param {any[]} days */
function visitsCard(ctx, activity, days) {
  const { t, locale } = ctx;
  return card(
    t.activity,
    h(
      "dl",
      { class: "pairs" },
      pair(t.visits, number(activity.visit_count, locale)),
      pair(t.visitsLately, number(activity.visit_count_last_90d, locale)),
      pair(t.lastVisit, activity.last_visit_at ? ago(activity.last_visit_at, locale, Date.now()) : t.never),
    ),
    visitsPlot(ctx, days),
  );
}

/** The visits of the last 90 days by week, as a plot and as a list for those who cannot see it. @param {Context} ctx @param {any[]} days */
function visitsPlot(ctx, days) {
  const { t, locale } = ctx;
  const weeks = weekly(days, Date.now()).map(({ from, count }) => ({ label: day(new Date(from).toISOString(), locale, "UTC"), value: count, shown: number(count, locale) }));
  return h(
    "div",
    { class: "stack tight" },
    h("h3", { class: "small quiet" }, t.visitsPlot),
    bars(weeks, { rtl: rtl(ctx), shown: (value) => number(value, locale) }),
    h("ul", { class: "unseen", "aria-label": t.visitsPlot }, ...weeks.filter(({ value }) => value > 0).map(({ label, shown }) => h("li", null, `${told(t.week, { day: label })}: ${shown}`))),
  );
}

/**
 * The days by week, oldest first; the last week ends today. A day ahead of ours, in the enterprise's zone, is today.
 * @param {{ date: string, visits: number }[]} days
 * @param {number} now milliseconds since 1970
 */
export function weekly(days, now) {
  const today = Math.floor(now / DAY);
  const weeks = Array.from({ length: WEEKS }, (_, place) => ({ from: (today - (WEEKS - place) * 7 + 1) * DAY, count: 0 }));
  for (const { date, visits } of days) {
    const back = Math.max(0, today - Math.floor(Date.parse(date) / DAY));
    const week = weeks[WEEKS - 1 - Math.floor(back / 7)];
    if (week) week.count += visits;
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
    [t.toRegular, measures.visit_count, thresholds.regular_visits, plain],
    [t.toVip, measures.visit_count_last_90d, thresholds.vip_visits_90d, plain],
    [t.toVipSpend, measures.lifetime_spend_minor, thresholds.vip_lifetime_spend_minor, spend],
  ];
  const far = (/** @type {number} */ value, /** @type {number} */ goal, /** @type {(value: number) => string} */ shown) =>
    value >= goal ? told(t.reached, { value: shown(value), goal: shown(goal) }) : told(t.gap, { value: shown(value), goal: shown(goal), gap: shown(goal - value) });
  return card(
    t.why,
    h("p", { class: "row" }, badgeChip(ctx, badge), h("span", null, word(t, `rule_${rule}`, rule))),
    ...ways.map(([name, value, goal, shown]) => meter(name, value, goal, far(value, goal, shown), rtl(ctx))),
  );
}

/** @param {Context} ctx @param {any} customer @param {number | null} completeness */
function identifiersCard(ctx, customer, completeness) {
  const { t, locale } = ctx;
  const parts = ctx.can("customer:MERGE") && ctx.offers("unmerge");
  const ids = customer.provider_customer_ids;
  const shown = card(
    t.identifiers,
    h(
      "dl",
      { class: "pairs" },
      pair(t.customerId, h("code", { dir: "ltr" }, customer.customer_id)),
      pair(t.posIds, ids.length === 0 ? t.none : h("span", { class: "row" }, ...ids.map((/** @type {string} */ id) => h("code", null, theirs(id))))),
      completeness !== null && pair(t.completeness, percent(completeness / 100, locale)),
      customer.absorbed_count > 0 && pair(
        `${t.absorbed} (${number(customer.absorbed_count, locale)})`,
        h("ul", null, ...customer.absorbed.map((/** @type {any} */ each) => h("li", { class: "row" }, phoneText(each.phone), h("span", null, day(each.merged_at, locale)), parts && h("a", { class: "button", href: `${customerLink(customer.customer_id)}/unmerge/${encodeURIComponent(each.customer_id)}` }, t.unmerge)))),
      ),
    ),
  );
  shown.classList.add("wide");
  return shown;
}
