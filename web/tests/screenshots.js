/** The documents' pictures, of a running stack: `make screenshots` writes them into docs/web. */

import { mkdirSync } from "node:fs";

import { browser, stack, Watched } from "./browser/support.js";

const FOLDER = new URL("../../docs/web/", import.meta.url).pathname;
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };

/**
 * @typedef {{ name: string, lang: string, viewport: { width: number, height: number }, colorScheme?: "light" | "dark",
 *   act: (page: import("playwright-core").Page) => Promise<void> }} Shot
 */

/** @param {string} phone @param {string} state */
const lookup = (phone, state) => async (/** @type {import("playwright-core").Page} */ page) => {
  await page.locator(`[data-phone="${phone}"]`).click();
  await page.locator(`customer-panel section[data-state="${state}"]`).waitFor();
};

/** @type {Shot[]} */
const TILL = [
  { name: "till-registered", lang: "en", viewport: WIDE, act: lookup("+97433001122", "registered") },
  { name: "till-waiting-ar", lang: "ar", viewport: WIDE, act: lookup("+97455003344", "pending_proof") },
  { name: "till-stranger", lang: "en", viewport: WIDE, act: lookup("+97477007788", "not_found") },
  { name: "till-dark", lang: "en", viewport: WIDE, colorScheme: "dark", act: lookup("+97455003344", "pending_proof") },
  { name: "till-phone", lang: "en", viewport: NARROW, act: lookup("+97433001122", "registered") },
  { name: "till-phone-ar", lang: "ar", viewport: NARROW, act: lookup("+97433001122", "registered") },
];

const folder = process.argv[2] ?? FOLDER;
mkdirSync(folder, { recursive: true });
const launched = await browser();
for (const { name, lang, act, ...options } of TILL) {
  const watched = await Watched.open(launched, { deviceScaleFactor: 1, ...options });
  await watched.page.goto(`${stack().web.till}?lang=${lang}`);
  await act(watched.page);
  await watched.page.screenshot({ path: `${folder}/${name}.png`, animations: "disabled", fullPage: options.viewport === NARROW });
  await watched.close();
}
await launched.close();
