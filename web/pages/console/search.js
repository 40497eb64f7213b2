/** Find customers as you type. */

import { h } from "../shared/dom.js";
import { ago, asciiDigits, number } from "../shared/format.js";
import { filled } from "../panel/words.js";
import { amount, appended, badgeChip, customerLink, empty, focusOn, further, loaded, phoneText, stateChip, table, tableRow, theirs } from "./parts.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */
/** @typedef {{ query: string, status: string, badge: string }} Asked */

/** Milliseconds without a key before the search is sent. */
const PAUSE = 180;
const PAGE = 20;
const MOST_EMPTY = 10;
const SEARCHABLE = /[\p{L}\p{N}]/u;
const STATUSES = ["registered", "pending_proof"];
const BADGES = ["vip", "regular", "new", "lapsed"];

/** @param {Context} ctx */
export function searchPage(ctx) {
  return h("div", { class: "stack" }, h("h1", null, ctx.t.navCustomers), search(ctx, (row) => h("a", { href: customerLink(row.customer_id) }, theirs(row.name ?? ctx.t.guest)), "customers"));
}

/**
 * @param {Context} ctx
 * @param {(row: any) => HTMLElement} lead the first cell: a link, or a button to choose
 * @param {string} [kept] the name under which what was typed is there again when somebody comes back, in memory only
 */
export function search(ctx, lead, kept = "") {
  const { t } = ctx;
  const before = /** @type {Asked} */ ((kept && ctx.memory.get(kept)) || { query: "", status: "", badge: "" });
  const found = h("div", { class: "card dense" });
  const count = h("p", { class: "small quiet", role: "status" });
  const query = h("input", { id: "query", type: "search", "data-first": matchMedia("(pointer: fine)").matches, autocomplete: "off", maxlength: 200, value: before.query, "aria-describedby": "query-hint", oninput: () => soon() });
  const status = choice("status", t.all, [...STATUSES, ...(ctx.can("customer:DISABLED") ? ["disabled"] : [])], (key) => word(t, `status_${key}`, key), () => now());
  const badge = choice("badge", t.all, BADGES, (key) => word(t, `badge_${key}`, key), () => now());
  [status.value, badge.value] = [before.status, before.badge];
  /** @type {AbortController | null} */
  let current = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const soon = () => {
    clearTimeout(timer);
    found.setAttribute("aria-busy", "true");
    timer = setTimeout(now, PAUSE);
  };
  const now = () => {
    clearTimeout(timer);
    current?.abort();
    current = new AbortController();
    const mine = { ...ctx, signal: AbortSignal.any([ctx.signal, current.signal]) };
    const typed = asciiDigits(query.value).trim();
    // A + is the beginning of a phone, and nothing to search for yet.
    const begun = SEARCHABLE.test(typed);
    if (kept) ctx.memory.set(kept, { query: query.value, status: status.value, badge: badge.value });
    const criteria = { ...(begun && { query: typed }), ...(status.value && { status: status.value }), ...(badge.value && { badge: badge.value }), limit: PAGE };
    const next = results(mine, criteria, lead, count);
    found.setAttribute("aria-busy", "true");
    next.addEventListener("settled", () => replace(found, next));
    // What is there stays until the next has come: nothing flickers while somebody types.
    if (!found.firstChild) found.append(next);
  };
  now();
  return h(
    "div",
    { class: "stack" },
    h(
      "form",
      { class: "filters", role: "search", onsubmit: (event) => { event.preventDefault(); now(); } },
      h("div", null, h("label", { for: "query" }, t.searchLabel), query),
      h("div", null, h("label", { for: "status" }, t.status), status),
      h("div", null, h("label", { for: "badge" }, t.badge), badge),
      h("p", { class: "hint wide", id: "query-hint" }, t.searchHint),
    ),
    count,
    found,
  );
}

/** The keyboard stays on the customer whom it was on, if they are still there. @param {HTMLElement} found @param {HTMLElement} next */
function replace(found, next) {
  const was = found.contains(document.activeElement) ? (document.activeElement?.getAttribute("href") ?? "") : null;
  found.removeAttribute("aria-busy");
  found.replaceChildren(next);
  if (was === null) return;
  const same = [...found.querySelectorAll("a")].find((each) => each.getAttribute("href") === was);
  if (same) same.focus();
  else focusOn(found);
}

/** @param {Context} ctx @param {Record<string, unknown>} criteria @param {(row: any) => HTMLElement} lead @param {HTMLElement} count */
function results(ctx, criteria, lead, count) {
  const { t, locale } = ctx;
  const ask = (/** @type {string | null} */ cursor) => ctx.api.send("/customers/search", { method: "POST", body: { ...criteria, ...(cursor && { cursor }) }, signal: ctx.signal });
  const columns = [
    { name: t.name, cell: lead },
    { name: t.phone, cell: (/** @type {any} */ row) => phoneText(row.phone) },
    { name: t.status, cell: (/** @type {any} */ row) => stateChip(ctx, row.status) },
    { name: t.badge, cell: (/** @type {any} */ row) => badgeChip(ctx, row.badge) },
    { name: t.canSpend, number: true, cell: (/** @type {any} */ row) => amount(ctx, { amount_minor: row.balance.spendable_minor, currency: row.balance.currency }) },
    { name: t.lastVisit, number: true, cell: (/** @type {any} */ row) => (row.activity.last_visit_at ? ago(row.activity.last_visit_at, locale, Date.now()) : t.never) },
  ];
  // A page may hold nobody who fits, and be followed by one that does.
  const first = async () => {
    let answer = await ask(null);
    for (let page = 1; page < MOST_EMPTY && answer.ok && answer.data.customers.length === 0 && answer.data.next_cursor; page += 1) answer = await ask(answer.data.next_cursor);
    return answer;
  };
  return loaded(ctx, first, (data) => {
    const none = data.customers.length === 0 && !data.next_cursor;
    const { place, body } = table(t.navCustomers, columns, data.customers);
    const tell = (/** @type {string | null} */ cursor) => (count.textContent = none ? t.noMatch : filled(cursor ? t.foundPart : t.found, { count: number(body.rows.length, locale) }));
    tell(data.next_cursor);
    if (none) return empty(t.noMatch, t.noMatchHint);
    const more = further(ctx, data.next_cursor, ask, (next) => {
      const first = appended(body, next.customers.map((/** @type {any} */ row) => tableRow(columns, row)));
      tell(next.next_cursor);
      return first;
    });
    return h("div", { class: "stack" }, place, more);
  });
}

/** @param {string} id @param {string} all @param {string[]} keys @param {(key: string) => string} name @param {() => void} changed */
function choice(id, all, keys, name, changed) {
  return h("select", { id, onchange: changed }, h("option", { value: "" }, all), ...keys.map((key) => h("option", { value: key }, name(key))));
}
