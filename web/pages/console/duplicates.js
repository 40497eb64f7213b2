/** Who may be the same person, and why. Nobody is merged by it: a person looks at both, or says that they differ. */

import { Action } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { badgeChip, customerLink, empty, finish, loaded, perform, phoneText, read, stateChip, theirs, told } from "./parts.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {Context} ctx @param {string} id */
export function duplicatesPage(ctx, id) {
  const { t } = ctx;
  const path = `/customers/${encodeURIComponent(id)}`;
  const both = async () => {
    const context = await read(ctx, `${path}/context?limit=1`);
    if (!context.ok) return context;
    const found = await read(ctx, `${path}/duplicates`);
    return found.ok ? { ...found, data: { ...found.data, customer: context.data.customer } } : found;
  };
  return loaded(ctx, both, ({ customer, duplicates, complete }) =>
    h(
      "div",
      { class: "stack" },
      h("h1", null, told(t.duplicatesTitle, { name: customer.name ?? t.guest })),
      h("p", { class: "row" }, phoneText(customer.phone), stateChip(ctx, customer.state), badgeChip(ctx, customer.badge)),
      h("p", { class: "quiet" }, t.duplicatesHint),
      !complete && h("p", { class: "notice" }, t.duplicatesPart),
      duplicates.length === 0 ? empty(t.noDuplicates) : h("ul", { class: "stack" }, ...duplicates.map((/** @type {any} */ each) => candidate(ctx, customer, each))),
      h("div", null, h("a", { class: "button", href: customerLink(customer.customer_id) }, t.back)),
    ),
  );
}

/** @param {Context} ctx @param {any} customer @param {any} other */
function candidate(ctx, customer, other) {
  const { t } = ctx;
  const place = h("div");
  const named = h("strong", null, theirs(other.name ?? t.guest));
  const shown = h(
    "li",
    { class: "card" },
    h("p", { class: "row" }, named, phoneText(other.phone), stateChip(ctx, other.status), badgeChip(ctx, other.badge)),
    h("ul", null, ...other.evidence.map((/** @type {any} */ each) => h("li", null, reason(ctx, each)))),
    place,
    h(
      "div",
      { class: "row" },
      ctx.can("customer:MERGE") && h("a", { class: "button main", href: `${customerLink(customer.customer_id)}/merge/${encodeURIComponent(other.customer_id)}` }, t.compare),
      ctx.can("customer:MERGE") && ctx.offers("not_the_same") && differ(ctx, customer, other, place, () => finish(shown, h("p", { class: "done" }, told(t.notTheSameDone, { name: other.name ?? t.guest })))),
    ),
  );
  return shown;
}

/** @param {Context} ctx @param {any} customer @param {any} other @param {Element} place @param {() => void} done */
function differ(ctx, customer, other, place, done) {
  const action = new Action(ctx.api, `/customers/${encodeURIComponent(customer.customer_id)}/duplicates`, { method: "POST", body: { other_customer_id: other.customer_id } });
  const button = h("button", { type: "button", "data-done": ctx.t.notTheSame, onclick: () => void perform(ctx, button, place, action, done) }, ctx.t.notTheSame);
  return button;
}

/** @param {Context} ctx @param {{ kind: string, phone: string | null, provider_customer_id: string | null }} evidence @returns {string} */
function reason({ t }, { kind, phone, provider_customer_id: id }) {
  return told(word(t, `evidence_${kind}`, kind), { phone: phone ?? "", id: id ?? "" });
}
