/** Erasures: the list, and one with its progress and its receipt. */

import { h } from "../shared/dom.js";
import { moment, number } from "../shared/format.js";
import { crumb, empty, loaded, pair, paged, read, told } from "./parts.js";
import { blocked } from "./refusals.js";
import { pause } from "./exporting.js";
import { verified } from "./receipt.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */

const AGAIN = 1500;

/** @param {Context} ctx */
export function erasuresPage(ctx) {
  const { t, locale } = ctx;
  const ask = (/** @type {string | null} */ cursor) => read(ctx, `/erasures?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  const list = paged(ctx, ask, {
    caption: t.erasuresTitle,
    rows: (data) => data.erasures,
    empty: empty(t.noErasures),
    columns: [
      { name: t.erasure, cell: (row) => h("a", { href: `#/erasures/${row.erasure_id}` }, h("code", { dir: "ltr" }, row.erasure_id)) },
      { name: t.status, cell: (row) => statusChip(ctx, row.status) },
      { name: t.outcome, cell: (row) => (row.outcome ? word(t, `done_${row.outcome}`, row.outcome) : "–") },
      { name: t.requested, cell: (row) => moment(row.requested_at, locale) },
    ],
  });
  return h("div", { class: "stack" }, h("h1", null, t.erasuresTitle), h("div", { class: "card" }, list));
}

/** @param {Context} ctx @param {string} status */
function statusChip({ t }, status) {
  const looks = /** @type {Record<string, string>} */ ({ done: "good", failed: "bad" })[status] ?? "warm";
  return h("span", { class: `chip ${looks}` }, word(t, `estatus_${status}`, status));
}

/** @param {Context} ctx @param {string} id */
export function erasurePage(ctx, id) {
  const ask = () => read(ctx, `/erasures/${encodeURIComponent(id)}`);
  return h("div", { class: "stack" }, crumb("#/erasures", ctx.t.erasuresTitle), h("h1", null, ctx.t.erasureTitle), loaded(ctx, ask, (data) => {
    const place = h("div", { class: "stack" }, shown(ctx, data));
    void follow(ctx, data, ask, (next) => place.replaceChildren(shown(ctx, next)));
    return place;
  }));
}

/** Look again while copies are still being removed. @param {Context} ctx @param {any} first @param {() => Promise<import("./parts.js").Answer>} ask @param {(data: any) => void} show */
async function follow(ctx, first, ask, show) {
  let { status } = first.erasure;
  try {
    while (status === "erasing") {
      await pause(AGAIN, ctx.signal);
      const answer = await ask();
      if (!answer.ok) return;
      ({ status } = answer.data.erasure);
      show(answer.data);
    }
  } catch {
    // The person left, or the network did: the page shows the last that is known.
  }
}

/** @param {Context} ctx @param {any} data */
function shown(ctx, { erasure, receipt, signed }) {
  const { t, locale } = ctx;
  const steps = /** @type {const} */ ([[t.step_requested, true], [t.step_erased, erasure.erased_at !== null], [t.step_done, erasure.status === "done"]]);
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "card" },
      h("p", { class: "row" }, statusChip(ctx, erasure.status), erasure.outcome && h("span", null, word(t, `done_${erasure.outcome}`, erasure.outcome))),
      h("ol", { class: "steps" }, ...steps.map(([name, past]) => h("li", { class: past ? "past" : null }, h("span", null, name, h("span", { class: "unseen" }, `: ${past ? t.past : t.notYetDone}`))))),
      h("dl", { class: "pairs" }, pair(t.erasure, h("code", { dir: "ltr" }, erasure.erasure_id)), pair(t.requested, moment(erasure.requested_at, locale)), pair(t.erased, moment(erasure.erased_at, locale) || "–")),
      erasure.blockers.length > 0 && blocked(ctx, word(t, `estatus_${erasure.status}`, erasure.status), erasure.blockers, "notice"),
    ),
    h("section", { class: "card" }, h("h2", null, t.receipt), signed ? receiptShown(ctx, receipt, signed) : h("p", { class: "quiet" }, t.receiptPending)),
  );
}

/** @param {Context} ctx @param {any} receipt @param {string} signed */
function receiptShown(ctx, receipt, signed) {
  const { t, locale } = ctx;
  const keys = async () => {
    const answer = await read(ctx, "/capabilities");
    return answer.ok ? { ...answer, data: await verified(signed, receipt, answer.data.erasure_receipt_keys) } : answer;
  };
  const stores = Object.entries(receipt.stores ?? {}).map(([store, deeds]) => {
    const counted = Object.entries(/** @type {Record<string, { count: number }>} */ (deeds)).map(([deed, { count }]) => told(t.deed, { deed: word(t, deed, deed), count: number(count, locale) }));
    return h("li", null, h("span", null, word(t, `store_${store}`, store)), h("strong", null, new Intl.ListFormat(locale, { type: "unit" }).format(counted)));
  });
  return h(
    "div",
    { class: "stack" },
    loaded(ctx, keys, (kid) => (kid ? h("p", { class: "done", "data-verified": true }, told(t.receiptGood, { kid })) : h("p", { class: "problem", role: "alert" }, t.receiptBad))),
    h("ul", { class: "list" }, ...stores),
    Object.keys(receipt.checks ?? {}).length > 0 && h("p", { class: "small quiet" }, t.searched, " ", new Intl.ListFormat(locale).format(Object.keys(receipt.checks).map((store) => word(t, `store_${store}`, store)))),
    h("details", null, h("summary", null, t.signature), h("code", { dir: "ltr" }, signed)),
  );
}
