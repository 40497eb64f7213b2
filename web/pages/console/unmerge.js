/** Undo a merge: see the one customer and the two who come of it, then decide. */

import { Action } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { money } from "../shared/format.js";
import { side } from "./merge.js";
import { customerLink, finish, loaded, perform, read, told } from "./parts.js";
import { blocked } from "./refusals.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {Context} ctx @param {string} id the survivor @param {string} freed the absorbed customer's id */
export function unmergePage(ctx, id, freed) {
  const path = `/customers/${encodeURIComponent(id)}`;
  const both = async () => {
    const context = await read(ctx, `${path}/context?limit=1`);
    if (!context.ok) return context;
    const parted = await new Action(ctx.api, `${path}/unmerge`, { method: "POST", body: { absorbed_customer_id: freed, validate_only: true }, signal: ctx.signal }).run();
    return parted.ok ? { ...parted, data: { now: context.data.customer, parted: parted.data } } : parted;
  };
  return loaded(ctx, both, ({ now, parted }) =>
    h("div", { class: "stack" }, h("h1", null, told(ctx.t.unmergeTitle, { name: now.name ?? ctx.t.guest })), h("p", { class: "quiet" }, ctx.t.unmergeHint), decide(ctx, now, parted, `${path}/unmerge`)),
  );
}

/** @param {Context} ctx @param {any} now @param {any} parted @param {string} path */
function decide(ctx, now, parted, path) {
  const { t } = ctx;
  const { absorbed_customer_id: freed, blockers, would_owe_minor: owed } = parted;
  const place = h("div");
  const action = new Action(ctx.api, path, { method: "POST", body: { absorbed_customer_id: freed } });
  const button = h("button", { type: "button", class: "main", "data-done": t.unmerged, onclick: () => void perform(ctx, button, place, action, done) }, t.unmergeNow);
  const open = (/** @type {string} */ id, /** @type {any} */ customer) => h("a", { class: "button", href: customerLink(id) }, told(t.openNamed, { name: customer.name ?? t.guest, phone: customer.phone }));
  const done = (/** @type {import("../shared/api.js").Answer} */ { data }) => finish(
    built,
    h("div", { class: "done", role: "status" }, h("h2", null, t.unmerged), h("div", { class: "row" }, open(data.customer_id, data.customer), open(data.absorbed_customer_id, data.absorbed_customer))),
  );
  const refused = blockers.length > 0;
  const built = h(
    "div",
    { class: "stack" },
    h("div", { class: "sides" }, side(ctx, t.together, now), side(ctx, t.staysAfter, parted.customer, true), side(ctx, t.setFree, parted.absorbed_customer, true)),
    owed > 0 && h("p", { class: "notice" }, told(t.wouldOwe, { amount: money(owed, now.balance.currency, ctx.locale) })),
    refused && blocked(ctx, t.unmergeBlocked, blockers),
    place,
    h("div", { class: "row" }, !refused && button, h("a", { class: "button", href: customerLink(now.customer_id) }, t.back)),
  );
  return built;
}
