/** Merge a duplicate: choose it, see both sides and the result, then decide. */

import { Action } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { money, number } from "../shared/format.js";
import { badgeChip, customerLink, finish, loaded, pair, perform, phoneText, read, stateChip, theirs, told } from "./parts.js";
import { blocked } from "./refusals.js";
import { search } from "./search.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {Context} ctx @param {string} id @param {string} [other] the duplicate's id once it is chosen */
export function mergePage(ctx, id, other) {
  return loaded(ctx, () => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=1`), ({ customer }) =>
    h("div", { class: "stack" }, h("h1", null, told(ctx.t.mergeTitle, { name: customer.name ?? ctx.t.guest })), other ? preview(ctx, customer, other) : choose(ctx, customer)),
  );
}

/** @param {Context} ctx @param {any} survivor */
function choose(ctx, survivor) {
  const { t } = ctx;
  const lead = (/** @type {any} */ row) =>
    row.customer_id === survivor.customer_id
      ? h("span", null, theirs(row.name ?? t.guest), " ", h("span", { class: "chip" }, t.survivor))
      : h("a", { href: `${customerLink(survivor.customer_id)}/merge/${encodeURIComponent(row.customer_id)}` }, theirs(row.name ?? t.guest));
  return h("div", { class: "stack" }, h("p", { class: "quiet" }, t.mergeHint), ctx.can("customer:SEARCH") ? search(ctx, lead) : null);
}

/** @param {Context} ctx @param {any} survivor @param {string} other */
function preview(ctx, survivor, other) {
  const path = `/customers/${encodeURIComponent(survivor.customer_id)}/merge`;
  const both = async () => {
    const duplicate = await read(ctx, `/customers/${encodeURIComponent(other)}/context?limit=1`);
    if (!duplicate.ok) return duplicate;
    const merged = await new Action(ctx.api, path, { method: "POST", body: { absorbed_customer_id: other, validate_only: true }, signal: ctx.signal }).run();
    return merged.ok ? { ...merged, data: { duplicate: duplicate.data.customer, merged: merged.data } } : merged;
  };
  return loaded(ctx, both, ({ duplicate, merged }) => decide(ctx, survivor, duplicate, merged, path));
}

/** @param {Context} ctx @param {any} survivor @param {any} duplicate @param {any} merged @param {string} path */
function decide(ctx, survivor, duplicate, merged, path) {
  const { t } = ctx;
  const place = h("div");
  const action = new Action(ctx.api, path, { method: "POST", body: { absorbed_customer_id: duplicate.customer_id } });
  const button = h("button", { type: "button", class: "main", "data-done": t.merged, onclick: () => void perform(ctx, button, place, action, done) }, t.mergeNow);
  const done = () => finish(
    built,
    h("div", { class: "done", role: "status" }, h("h2", null, t.merged), h("p", null, t.mergedHint), h("div", null, h("a", { class: "button", href: customerLink(survivor.customer_id) }, t.openCustomer))),
  );
  const refused = merged.blockers.length > 0;
  const built = h(
    "div",
    { class: "stack" },
    h("div", { class: "sides" }, side(ctx, t.survivor, survivor), side(ctx, t.duplicate, duplicate), side(ctx, t.result, merged.customer, true)),
    refused && blocked(ctx, t.blocked, merged.blockers),
    place,
    h("div", { class: "row" }, !refused && button, h("a", { class: "button", href: `${customerLink(survivor.customer_id)}/merge` }, t.back)),
  );
  return built;
}

/** @param {Context} ctx @param {string} title @param {any} customer @param {boolean} [result] */
export function side(ctx, title, customer, result = false) {
  const { t, locale } = ctx;
  const { balance, activity } = customer;
  return h(
    "section",
    { class: result ? "card result" : "card" },
    h("h2", null, title),
    h("p", null, h("strong", null, theirs(customer.name ?? t.guest))),
    h("p", { class: "row" }, phoneText(customer.phone), stateChip(ctx, customer.state), badgeChip(ctx, customer.badge)),
    h(
      "dl",
      { class: "pairs" },
      pair(t.canSpend, money(balance.spendable_minor, balance.currency, locale)),
      pair(t.locked, money(balance.locked_promo_minor, balance.currency, locale)),
      pair(t.visits, number(activity.visit_count, locale)),
      pair(t.spent, money(activity.lifetime_spend_minor, balance.currency, locale)),
    ),
  );
}
