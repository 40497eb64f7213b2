/** The documents' pictures, of a running stack: `make screenshots` writes them into docs/web. */

import { mkdirSync } from "node:fs";

import { browser, signIn, stack, Watched } from "./browser/support.js";

/** @typedef {import("playwright-core").Page} Page */
/**
 * @typedef {{ name: string, page: string, lang?: string, viewport?: { width: number, height: number },
 *   colorScheme?: "light" | "dark", who?: "manager" | "officer", act: (page: Page) => Promise<unknown> }} Shot
 */

const FOLDER = new URL("../../docs/web/", import.meta.url).pathname;
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };

/** @param {string} phone @param {string} state */
const lookup = (phone, state) => async (/** @type {Page} */ page) => {
  await page.locator(`[data-phone="${phone}"]`).click();
  await page.locator(`customer-panel section[data-state="${state}"]`).waitFor();
};

const customer = async (/** @type {Page} */ page) => {
  await page.locator("#query").fill("layla");
  await page.locator("main td a", { hasText: "Layla Hassan" }).first().click();
  await page.locator(".timeline").waitFor();
};

/** @param {string} path @param {string} shown */
const open = (path, shown) => async (/** @type {Page} */ page) => {
  await page.locator(`nav a[href="#/${path}"]`).click();
  await page.locator(shown).first().waitFor();
};

/** @type {Shot[]} */
const SHOTS = [
  { name: "till-registered", page: "till", act: lookup("+97433001122", "registered") },
  { name: "till-waiting-ar", page: "till", lang: "ar", act: lookup("+97455003344", "pending_proof") },
  { name: "till-stranger", page: "till", act: lookup("+97477007788", "not_found") },
  { name: "till-dark", page: "till", colorScheme: "dark", act: lookup("+97455003344", "pending_proof") },
  { name: "till-phone", page: "till", viewport: NARROW, act: lookup("+97433001122", "registered") },
  { name: "till-phone-ar", page: "till", lang: "ar", viewport: NARROW, act: lookup("+97433001122", "registered") },
  { name: "console-sign-in", page: "console", act: (page) => page.locator(".gate").waitFor() },
  { name: "console-search", page: "console", who: "manager", act: (page) => page.locator("main td a").first().waitFor() },
  { name: "console-customer", page: "console", who: "manager", act: customer },
  { name: "console-customer-ar", page: "console", lang: "ar", who: "officer", act: customer },
  { name: "console-customer-phone", page: "console", viewport: NARROW, colorScheme: "dark", who: "manager", act: customer },
  { name: "console-figures", page: "console", who: "manager", act: open("figures", ".plot") },
  { name: "console-figures-ar", page: "console", lang: "ar", who: "manager", act: open("figures", ".plot") },
  {
    name: "console-erase",
    page: "console",
    who: "officer",
    act: async (page) => {
      await customer(page);
      await page.getByRole("link", { name: "Erase" }).click();
      await page.locator("main table").waitFor();
    },
  },
  { name: "console-activity", page: "console", who: "officer", act: open("activity", "main td") },
  { name: "reference", page: "reference", act: (page) => page.locator("main h1").waitFor() },
];

const folder = process.argv[2] ?? FOLDER;
const only = process.argv[3] ?? "";
mkdirSync(folder, { recursive: true });
const launched = await browser();
for (const { name, page: at, lang = "en", who, act, viewport = WIDE, ...options } of SHOTS.filter((each) => each.name.includes(only))) {
  const watched = await Watched.open(launched, { deviceScaleFactor: 1, viewport, ...options });
  await watched.page.goto(`${stack().web[at]}?lang=${lang}`);
  if (who) await signIn(watched.page, who, lang);
  await act(watched.page);
  await watched.page.screenshot({ path: `${folder}/${name}.png`, animations: "disabled", fullPage: viewport === NARROW || at === "console" });
  await watched.close();
}
await launched.close();
