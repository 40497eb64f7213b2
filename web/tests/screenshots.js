/**
 * A picture of each page, in both languages, wide and on a phone, of a running stack: `make screenshots` writes them all
 * into `.local/screenshots`, and those of the documents into docs/web too.
 */

import { copyFileSync, mkdirSync } from "node:fs";

import { browser, signIn, stack, Watched } from "./browser/support.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {(name: string) => Promise<void>} Take */

const ALL = new URL("../../.local/screenshots/", import.meta.url).pathname;
const DOCUMENTS = new URL("../../docs/web/", import.meta.url).pathname;
const IN_DOCUMENTS = [
  "till-registered-en-wide", "till-pending-ar-wide", "customer-en-wide", "merge-en-wide", "erase-ar-wide", "figures-en-wide",
  "reference-en-wide",
];
const SIZES = /** @type {const} */ ([["wide", { width: 1440, height: 900 }], ["phone", { width: 390, height: 844 }]]);
const LANGUAGES = ["en", "ar"];
const STATES = /** @type {const} */ ([["registered", "+97433001122", "registered"], ["pending", "+97455003344", "pending_proof"], ["stranger", "+97477007788", "not_found"]]);
const DEMO = { survivor: "Layla", other: "Noor Al-Kuwari" };

/** @param {Page} page @param {Take} take */
async function till(page, take) {
  for (const [name, phone, state] of STATES) {
    await page.locator(`[data-phone="${phone}"]`).click();
    await page.locator(`customer-panel section[data-state="${state}"]`).waitFor();
    await take(`till-${name}`);
  }
}

/** @param {Page} page @param {string} hash */
async function go(page, hash) {
  await page.evaluate((next) => (location.hash = next), hash);
  await settled(page);
}

/** @param {Page} page */
async function settled(page) {
  await page.waitForFunction(() => document.querySelector("main > *") && !document.querySelector('main [aria-busy="true"]'));
}

/** @param {Page} page @returns {Promise<string[]>} the ids of the customers of the first page, the regular customer first, then two who may be one */
async function ids(page) {
  await page.locator("main td a").first().waitFor();
  const found = await page.locator("main td a").evaluateAll((links) => links.map((each) => ({ id: each.getAttribute("href")?.split("/")[2] ?? "", name: each.textContent ?? "" })));
  const first = found.find(({ name }) => name.includes(DEMO.survivor)) ?? found[0];
  const rest = found.filter((each) => each !== first);
  const doubles = rest.filter(({ name }) => name.includes(DEMO.other));
  return [first, ...(doubles.length > 1 ? doubles : rest)].map((each) => each?.id ?? "");
}

/** @param {Page} page @param {Take} take */
async function manager(page, take) {
  await take("search");
  const [id, other, double] = await ids(page);
  for (const [name, path] of [["customer", ""], ["correct", "/correct"], ["merge-choose", "/merge"]]) {
    await go(page, `#/customers/${id}${path}`);
    await take(name ?? "");
  }
  await go(page, `#/customers/${other}/duplicates`);
  await take("duplicates");
  await go(page, `#/customers/${other}/merge/${double}`);
  await take("merge");
  for (const name of ["figures", "refused"]) {
    await go(page, `#/${name}`);
    await take(name);
  }
}

/** @param {Page} page @param {Take} take */
async function officer(page, take) {
  const [id] = await ids(page);
  await go(page, `#/customers/${id}/export`);
  await page.locator("main button.main").click();
  await page.locator("main .done").waitFor();
  await take("export");
  await go(page, `#/customers/${id}/erase`);
  await take("erase");
  for (const name of ["erasures", "activity"]) {
    await go(page, `#/${name}`);
    await take(name);
  }
  await go(page, "#/erasures");
  const erased = page.locator("main td a").first();
  if ((await erased.count()) === 0) return;
  await erased.click();
  await page.locator("[data-verified]").waitFor();
  await take("erasure");
}

/** @param {Page} page @param {Take} take */
async function reference(page, take) {
  await page.locator(".nav-bar-path, .endpoint-head").first().waitFor();
  await page.locator(".nav-bar-path:visible, .endpoint-head:visible").first().click();
  await page.locator(".request-panel").first().waitFor();
  await take("reference");
}

const launched = await browser();
mkdirSync(ALL, { recursive: true });

/** @param {string} at @param {(page: Page, take: Take) => Promise<void>} act @param {"manager" | "officer"} [who] */
async function pictures(at, act, who) {
  for (const lang of LANGUAGES)
    for (const [size, viewport] of SIZES) {
      const watched = await Watched.open(launched, { deviceScaleFactor: 1, viewport });
      const { page } = watched;
      /** @type {Take} */
      const take = async (name) => {
        const file = `${name}-${lang}-${size}`;
        await page.screenshot({ path: `${ALL}${file}.png`, animations: "disabled", fullPage: size === "phone" && at !== "reference" });
        if (IN_DOCUMENTS.includes(file)) copyFileSync(`${ALL}${file}.png`, `${DOCUMENTS}${file}.png`);
      };
      await page.goto(`${stack().web[at]}?lang=${lang}`);
      if (who === "manager") await take("sign-in");
      if (who) await signIn(page, who, lang);
      if (who) await settled(page);
      await act(page, take);
      await watched.close();
    }
}

const only = process.argv[2] ?? "";
if ("till".includes(only)) await pictures("till", till);
if ("manager".includes(only)) await pictures("console", manager, "manager");
if ("officer".includes(only)) await pictures("console", officer, "officer");
if ("reference".includes(only)) await pictures("reference", reference);
await launched.close();
