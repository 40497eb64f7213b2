/** A page of our own with `<customer-panel>`: no stack, and answers as late as we like. It is no secure context. */

import { readFileSync } from "node:fs";

const PAGES = new URL("../../pages/", import.meta.url);
export const HOST = "http://pos.test/";
export const META = { request_id: "00000000-0000-4000-8000-000000000001", idempotency_replayed: false, data_completeness_score: 80 };
export const LAYLA = "+97433001122";
export const NOOR = "+97455003344";

/** @typedef {import("playwright-core").Page & { asked: string[] }} Host `asked`: the queries, as they came */
/** @typedef {{ release: () => void, waits: Promise<void> }} Gate */

/** @param {string} name @param {string} phone @param {Record<string, unknown>} [more] */
export function customer(name, phone, more = {}) {
  const balance = { spendable_minor: 12500, locked_promo_minor: 0, currency: "QAR" };
  const activity = { lifetime_spend_minor: 184000, visit_count: 9, visit_count_last_90d: 4, last_visit_at: "2026-06-01T10:00:00Z" };
  return { name, phone, state: "VERIFIED", member_since: "2025-11-02T08:14:00Z", balance, activity, badge: "vip", ...more };
}

/** @param {unknown} data */
export const envelope = (data) => ({ ok: true, data, error: null, meta: META });
export const found = (/** @type {Record<string, unknown>} */ one) => envelope({ status: "registered", customer: one, unclaimed_cashback: null });

/** @returns {Gate} */
export function gate() {
  let release = () => {};
  const waits = new Promise((/** @type {(value: void) => void} */ resolve) => (release = () => resolve()));
  return { release, waits };
}

/**
 * A page with a panel, whose token is `t-1` and which has forgotten nothing.
 * @param {import("playwright-core").Browser} launched
 * @param {(url: URL, token: string) => Promise<[number, unknown] | "lost">} answer
 * @param {{ body?: string, style?: string, clock?: boolean }} [page]
 * @returns {Promise<Host>}
 */
export async function host(launched, answer, { body = '<customer-panel api="/v1"></customer-panel>', style = "", clock = false } = {}) {
  const context = await launched.newContext({ viewport: { width: 800, height: 700 }, timezoneId: "Asia/Qatar" });
  const page = /** @type {Host} */ (await context.newPage());
  page.asked = [];
  await page.route(`${HOST}**`, async (route) => {
    const url = new URL(route.request().url());
    if (url.pathname === "/") return route.fulfill({ contentType: "text/html", body: `<!doctype html><html lang="en"><style>${style}</style>${body}</html>` });
    if (url.pathname.endsWith(".js")) return route.fulfill(module(url));
    if (!url.pathname.startsWith("/v")) return route.fulfill({ status: 404, body: "" });
    page.asked.push(url.pathname + url.search);
    const said = await answer(url, route.request().headers().authorization ?? "");
    await (said === "lost" ? route.abort("connectionreset") : route.fulfill({ status: said[0], json: said[1] })).catch(() => {});
  });
  if (clock) await page.clock.install();
  await page.goto(HOST);
  await page.evaluate(async () => {
    await import(/** @type {any} */ ("/panel/customer-panel.js"));
    for (const each of document.querySelectorAll("customer-panel")) /** @type {any} */ (each).token ??= () => "t-1";
    const [one] = /** @type {any} */ (document.querySelectorAll("customer-panel"));
    if (one) one.token = () => "t-1";
    Object.assign(window, { panel: one, outcomes: [], told: [] });
    for (const kind of ["customer-register", "customer-forgotten"]) document.addEventListener(kind, (event) => /** @type {any} */ (window).told.push([kind, /** @type {CustomEvent} */ (event).detail]));
  });
  return page;
}

/** A module of the pages, as it is served. @param {URL} url */
export function module(url) {
  return { contentType: "text/javascript", body: readFileSync(new URL(`.${url.pathname}`, PAGES)) };
}

/** Begins a lookup; its outcome joins `outcomes`. @param {Host} page @param {unknown} query */
export function look(page, query) {
  return page.evaluate((query) => {
    const { panel, outcomes } = /** @type {any} */ (window);
    panel.lookup(query).then((/** @type {any} */ each) => outcomes.push(each.kind === "trouble" ? each.trouble : each.kind), (/** @type {any} */ each) => outcomes.push(`rejected: ${each}`));
  }, query);
}

/** @param {Host} page @param {number} many */
export async function outcomes(page, many) {
  await page.waitForFunction((many) => /** @type {any} */ (window).outcomes.length >= many, many);
  return page.evaluate(() => /** @type {any} */ (window).outcomes);
}

/** @param {Host} page @param {string} state */
export function shows(page, state) {
  return page.locator(`customer-panel section[data-state="${state}"]`).first().waitFor();
}

/** @param {Host} page */
export const text = (page) => page.locator("customer-panel section").first().innerText();
export const told = (/** @type {Host} */ page) => page.evaluate(() => /** @type {any} */ (window).told);
export const both = async (/** @type {URL} */ url) => /** @type {[number, unknown]} */ ([200, found(url.searchParams.get("phone") === NOOR ? customer("Noor", NOOR) : customer("Layla", LAYLA))]);
