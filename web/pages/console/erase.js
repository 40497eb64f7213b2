/** Erase a person: the dry run first, then a typed confirmation. */

import { Action } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { number } from "../shared/format.js";
import { customerLink, finish, loaded, pair, perform, read, table, told } from "./parts.js";
import { blocked } from "./refusals.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {Context} ctx @param {string} id */
export function erasePage(ctx, id) {
  const path = `/customers/${encodeURIComponent(id)}`;
  const both = async () => {
    const context = await read(ctx, `${path}/context?limit=1`);
    if (!context.ok) return context;
    const dry = await new Action(ctx.api, `${path}?dry_run=true`, { method: "DELETE", signal: ctx.signal }).run();
    return dry.ok ? { ...dry, data: { customer: context.data.customer, plan: dry.data } } : dry;
  };
  return loaded(ctx, both, ({ customer, plan }) => decide(ctx, customer, plan, path));
}

/** @param {Context} ctx @param {any} customer @param {any} plan @param {string} path */
function decide(ctx, customer, plan, path) {
  const { t } = ctx;
  const { blockers } = plan.preview;
  const refused = blockers.length > 0 && plan.outcome !== "escalated";
  // What was erased is on no page and in no memory of this one.
  const after = (/** @type {any} */ data) => {
    ctx.memory.clear();
    finish(page, done(ctx, data));
    page.prepend(h("h1", null, data.outcome === "escalated" ? t.waiting : t.erased));
  };
  const page = h(
    "div",
    { class: "stack" },
    h("h1", null, told(t.eraseTitle, { name: customer.name ?? t.guest })),
    h("div", { class: "card" }, h("h2", null, t.dryRun), h("p", { class: "quiet" }, t.eraseHint), h("p", null, h("strong", null, word(t, `outcome_${plan.outcome}`, plan.outcome))), counts(ctx, plan.preview)),
    blockers.length > 0 && blocked(ctx, refused ? t.eraseBlocked : t.waiting, blockers, refused ? "problem" : "notice"),
    refused ? h("div", null, h("a", { class: "button", href: customerLink(customer.customer_id) }, t.back)) : confirmation(ctx, customer, path, after),
  );
  return page;
}

/** @param {Context} ctx @param {any} preview */
function counts({ t, locale }, { removed, scrubbed, kept }) {
  const kinds = [...new Set([removed, scrubbed, kept].flatMap((each) => Object.keys(each)))].sort();
  const column = (/** @type {string} */ name, /** @type {Record<string, number>} */ of) => ({ name, number: true, cell: (/** @type {string} */ kind) => (of[kind] ? number(of[kind], locale) : "–") });
  return table(t.dryRun, [{ name: t.kind, cell: (/** @type {string} */ kind) => word(t, `kind_${kind}`, kind) }, column(t.removed, removed), column(t.scrubbed, scrubbed), column(t.kept, kept)], kinds).place;
}

/** @param {Context} ctx @param {any} customer @param {string} path @param {(data: any) => void} after */
function confirmation(ctx, customer, path, after) {
  const { t } = ctx;
  const place = h("div");
  const action = new Action(ctx.api, path, { method: "DELETE" });
  const typed = h("input", { id: "confirm", autocomplete: "off", autocapitalize: "none", oninput: () => check() });
  const button = h("button", { class: "danger", disabled: true, "data-done": t.erased }, t.eraseNow);
  const agreed = () => typed.value.trim().toLowerCase() === t.confirmWord;
  const check = () => {
    button.disabled = !agreed();
    ctx.hold(typed.value !== "");
  };
  const built = h(
    "form",
    { class: "card", onsubmit: (event) => { event.preventDefault(); if (agreed()) void perform(ctx, button, place, action, ({ data }) => after(data)); } },
    h("div", null, h("label", { for: "confirm" }, told(t.confirmLabel, { word: t.confirmWord })), typed),
    place,
    h("div", { class: "row" }, button, h("a", { class: "button", href: customerLink(customer.customer_id) }, t.cancel)),
  );
  return built;
}

/** @param {Context} ctx @param {any} data */
function done(ctx, data) {
  const { t } = ctx;
  const follow = ctx.can("erasure:READ") && h("div", null, h("a", { class: "button", href: `#/erasures/${data.erasure_id}` }, t.erasureFollow));
  return h(
    "div",
    { class: "done", role: "status" },
    h("p", null, word(t, `outcome_${data.outcome}`, data.outcome)),
    h("dl", null, pair(t.erasure, h("code", { dir: "ltr" }, data.erasure_id))),
    follow,
  );
}
