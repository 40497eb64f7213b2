/** The API's reference, on the local stack. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, stack, Watched } from "./support.js";

/** @type {import("playwright-core").Browser} */
let launched;

before(async () => {
  launched = await browser();
});
after(() => launched.close());

test("flow: an operation is read and tried, with the keyboard alone", async () => {
  const watched = await Watched.open(launched);
  const { page } = watched;
  await page.goto(`${stack().web.reference}?lang=en`);
  await page.getByRole("navigation").getByRole("link", { name: /^GET lookup$/u }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Send" }).waitFor();
  await watched.isAccessible();
  await watched.hasLargeTargets();
  await page.getByRole("button", { name: "Use a till's token" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /** @type {HTMLInputElement} */ (document.getElementById("token")).value.length > 100);
  await page.getByLabel("phone", { exact: true }).fill("+97433001122");
  await page.keyboard.press("Enter");
  await page.getByText("Layla Hassan").first().waitFor();
  assert.match(await page.locator(".answer").innerText(), /^200 after \d+ ms/u);
  await watched.isAccessible();
  await watched.close();
});

for (const [lang, width] of /** @type {const} */ ([["ar", 360], ["en", 360], ["en", 1920]])) {
  test(`every operation fits and is accessible in ${lang} at ${width} px`, async () => {
    const watched = await Watched.open(launched, { viewport: { width, height: 800 }, colorScheme: lang === "ar" ? "dark" : "light" });
    const { page } = watched;
    await page.goto(`${stack().web.reference}?lang=${lang}`);
    await page.locator("nav a").first().waitFor();
    const ids = await page.locator("nav a").evaluateAll((links) => links.map((each) => each.getAttribute("href") ?? ""));
    assert.ok(ids.length >= 25);
    for (const id of ids.filter((_, place) => place % 4 === 0)) {
      await page.evaluate((hash) => (location.hash = hash), id);
      await page.locator(`nav a[href="${id}"][aria-current="page"]`).waitFor();
      await watched.isAccessible();
    }
    await watched.close();
  });
}
