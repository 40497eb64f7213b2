/** Two lists: who did what, and the facts that were refused. */

import { h } from "../shared/dom.js";
import { moment, number } from "../shared/format.js";
import { customerLink, empty, paged, read, theirs } from "./parts.js";
import { reasonShown } from "./refusals.js";
import { word } from "./words.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {string} path @param {string | null} cursor */
const page = (path, cursor) => `${path}?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;

/** @param {Context} ctx */
export function activityPage(ctx) {
  const { t, locale } = ctx;
  const list = paged(ctx, (cursor) => read(ctx, page("/activity", cursor)), {
    caption: t.activityTitle,
    rows: (data) => data.entries,
    empty: empty(t.noActivity),
    columns: [
      { name: t.when, cell: (row) => moment(row.at, locale) },
      { name: t.who, cell: (row) => (row.subject === ctx.subject ? h("strong", null, t.you) : h("code", null, theirs(row.subject))) },
      { name: t.what, cell: (row) => h("span", { class: "row" }, h("strong", null, word(t, `op_${row.operation}`, row.operation)), h("span", { class: row.status < 400 ? "chip good" : "chip bad" }, word(t, `result_${row.outcome}`, row.outcome)), row.count > 1 && h("span", { class: "quiet" }, `× ${number(row.count, locale)}`)) },
      { name: t.customer, cell: (row) => (row.customer_id ? h("a", { href: customerLink(row.customer_id) }, h("code", { dir: "ltr" }, row.customer_id)) : "–") },
      { name: t.reason, cell: (row) => (row.reason ? theirs(row.reason) : "–") },
    ],
  });
  return h("div", { class: "stack" }, h("h1", null, t.activityTitle), h("div", { class: "card" }, list));
}

/** @param {Context} ctx */
export function refusedPage(ctx) {
  const { t, locale } = ctx;
  const list = paged(ctx, (cursor) => read(ctx, page("/refused-facts", cursor)), {
    caption: t.refusedTitle,
    rows: (data) => data.refused_facts,
    empty: empty(t.noRefused),
    columns: [
      { name: t.when, cell: (row) => moment(row.refused_at, locale) },
      { name: t.type, cell: (row) => h("strong", null, word(t, `fact_${row.type}`, "") || theirs(row.type ?? t.unknownType)) },
      { name: t.reason, cell: (row) => reasonShown(ctx, row.reason) },
      { name: t.source, cell: (row) => h("div", null, h("code", null, theirs(row.source ?? "–")), row.fact_id && h("p", null, h("code", { class: "quiet" }, theirs(row.fact_id)))) },
    ],
  });
  return h("div", { class: "stack" }, h("div", null, h("h1", null, t.refusedTitle), h("p", { class: "quiet" }, t.refusedHint)), h("div", { class: "card" }, list));
}
