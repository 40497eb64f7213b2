/** Export everything about one customer: prepared, then a link. */

import { NoAnswer } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { moment } from "../shared/format.js";
import { SignInNeeded } from "../shared/login.js";
import { customerLink, focusOn, loaded, pair, read, told } from "./parts.js";
import { lost, problem } from "./refusals.js";

/** @typedef {import("./parts.js").Context} Context */

const AGAIN = 2000;
const KB = 1024;

/** @param {Context} ctx @param {string} id */
export function exportPage(ctx, id) {
  return loaded(ctx, () => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=1`), ({ customer }) => prepare(ctx, customer));
}

/** @param {Context} ctx @param {any} customer */
function prepare(ctx, customer) {
  const { t } = ctx;
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const start = h("button", { type: "button", class: "main", onclick: () => void run() }, t.exportStart);
  const run = async () => {
    if (start.getAttribute("aria-busy") === "true") return;
    start.setAttribute("aria-busy", "true");
    place.replaceChildren();
    try {
      const shown = await ready(ctx, customer.customer_id, place);
      place.replaceChildren(shown);
      focusOn(shown);
    } catch (failure) {
      if (ctx.signal.aborted) return;
      if (!(failure instanceof NoAnswer || failure instanceof SignInNeeded)) throw failure;
      place.replaceChildren(lost(ctx, false, () => void run()));
    } finally {
      start.removeAttribute("aria-busy");
    }
  };
  return h(
    "div",
    { class: "stack" },
    h("h1", null, told(t.exportTitle, { name: customer.name ?? t.guest })),
    h("div", { class: "card" }, h("p", { class: "quiet" }, t.exportHint), h("div", { class: "row" }, start, h("a", { class: "button", href: customerLink(customer.customer_id) }, t.back)), place),
  );
}

/** Ask until it is ready. @param {Context} ctx @param {string} id @param {Element} place @returns {Promise<HTMLElement>} */
async function ready(ctx, id, place) {
  for (;;) {
    const answer = await read(ctx, `/customers/${encodeURIComponent(id)}/export`);
    if (!answer.ok) return problem(ctx, answer);
    if (answer.data.status === "ready") return link(ctx, answer.data);
    place.replaceChildren(h("p", { class: "notice", role: "status" }, ctx.t.exportRunning));
    await pause(AGAIN, ctx.signal);
  }
}

/** @param {Context} ctx @param {any} data */
function link({ t, locale }, data) {
  const size = new Intl.NumberFormat(locale, { style: "unit", unit: "kilobyte", maximumFractionDigits: 1 }).format(data.size_bytes / KB);
  return h(
    "div",
    { class: "done" },
    h("div", null, h("a", { class: "button", href: data.download_url, download: true, rel: "noreferrer" }, told(t.download, { size }))),
    h("p", { class: "small" }, told(t.linkUntil, { time: moment(data.expires_at, locale) })),
    h("dl", null, pair(t.checksum, h("code", { dir: "ltr" }, data.sha256))),
  );
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} rejects when the person leaves */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
