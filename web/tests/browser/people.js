/** Customers that were made for the console's flows, and how a person gets to them. */

import assert from "node:assert/strict";

import { REFUSALS } from "../../pages/console/refusal-words.js";
import { LANGUAGES } from "../../pages/console/words.js";
import { press, type } from "./support.js";

/** @typedef {import("../../pages/console/words.js").Words} Words */

/** Customers that were made for these tests. @type {Record<string, { name: string, phone: string }>} */
const PEOPLE = JSON.parse(process.env.PEOPLE ?? "{}");

/** @param {string} key */
export function person(key) {
  const found = PEOPLE[key];
  assert.ok(found, `nobody was made for ${key}`);
  return found;
}

const en = /** @type {Words} */ (LANGUAGES.en);

/** The list of before stays until the next has come. @param {import("playwright-core").Page} page @param {number} rows */
export function listed(page, rows) {
  return page.waitForFunction((count) => !document.querySelector('main [aria-busy="true"]') && document.querySelectorAll("main tbody tr").length === count, rows);
}

/** @param {import("./support.js").Watched} watched @param {string} key @param {Words} [t] */
export async function open({ page }, key, t = en) {
  await type(page, page.getByLabel(t.searchLabel), person(key).name);
  await listed(page, 1);
  await press(page, page.locator("main").getByRole("link", { name: person(key).name }));
  await page.getByRole("heading", { level: 1, name: person(key).name }).waitFor();
}

/** From the search's first page, without typing. @param {import("playwright-core").Page} page @param {string} phone as it is shown */
export async function openByPhone(page, phone, t = en) {
  await type(page, page.getByLabel(t.searchLabel), phone);
  await listed(page, 1);
  await press(page, page.locator("main tbody tr").getByRole("link"));
  await page.locator("main .timeline").waitFor();
}

/** A refusal in the reader's words, with the field, the API's words marked as English, and the request's id. @param {import("playwright-core").Page} page @param {string} lang @param {string} key of the refusal's words */
export async function refusedWith(page, lang, key) {
  const shown = page.locator("main .problem");
  await shown.getByText(/** @type {Record<string, string>} */ (REFUSALS[lang])[key] ?? "").waitFor();
  assert.match(await shown.locator('[lang="en"]').first().innerText(), /[a-z]{3}/u);
  if (await shown.locator("code").count()) assert.match(await shown.locator("code").last().innerText(), /[0-9a-f-]{36}/u);
}
