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

const OPERATION = "Identify the customer at the counter";

test("flow: an operation is read and tried, with the keyboard alone", async () => {
  const watched = await Watched.open(launched);
  const { page } = watched;
  await page.goto(`${stack().web.reference}?lang=en`);
  await page.getByRole("button", { name: "Use a till's token" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("carry a till's token").waitFor({ state: "attached" });
  await page.getByRole("navigation").getByRole("link", { name: OPERATION }).focus();
  await page.keyboard.press("Enter");
  const execute = page.getByRole("button", { name: "Execute" });
  await execute.waitFor();
  await watched.isAccessible();
  await watched.hasLargeTargets();
  await page.locator('input[data-pname="phone"]').focus();
  await page.keyboard.type("+97433001122");
  await execute.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Layla Hassan").first().waitFor();
  await page.getByText("OK (200)").waitFor();
  await watched.isAccessible();
  assert.equal(watched.sent("GET", /customers\/lookup/u), 1);
  const kept = await page.evaluate(() => JSON.stringify({ ...window.localStorage, ...window.sessionStorage }) + document.cookie + location.href);
  assert.doesNotMatch(kept, /eyJ|33001122/u);
  await watched.close();
});

for (const [lang, colorScheme] of /** @type {const} */ ([["ar", "dark"], ["en", "light"]])) {
  test(`every fourth operation is accessible in ${lang}, ${colorScheme}, at 1920 px`, async () => {
    const watched = await Watched.open(launched, { viewport: { width: 1920, height: 1000 }, colorScheme });
    const { page } = watched;
    await page.goto(`${stack().web.reference}?lang=${lang}`);
    const links = page.locator(".nav-bar-path");
    await links.first().waitFor();
    const count = await links.count();
    assert.ok(count >= 25, `${count} operations`);
    for (let place = 0; place < 26; place += 4) {
      await links.nth(place).click();
      await page.locator(".nav-bar-path.active").waitFor();
      await page.locator(".request-panel").first().waitFor();
      await watched.isAccessible();
    }
    await watched.close();
  });

  test(`operations open and close in ${lang}, ${colorScheme}, at 360 px`, async () => {
    const watched = await Watched.open(launched, { viewport: { width: 360, height: 800 }, colorScheme });
    const { page } = watched;
    await page.goto(`${stack().web.reference}?lang=${lang}`);
    const heads = page.locator(".endpoint-head");
    await heads.first().waitFor();
    for (const place of [0, 8]) {
      await heads.nth(place).click();
      await page.locator(".request-panel").first().waitFor();
      await watched.isAccessible();
    }
    await watched.close();
  });
}

test("without a sandbox nothing can be sent", async () => {
  const watched = await Watched.open(launched);
  const { page } = watched;
  await page.route("**/config.json", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), sandbox: false } });
  });
  await page.goto(`${stack().web.reference}?lang=en`);
  await page.getByRole("navigation").getByRole("link", { name: OPERATION }).click();
  await page.getByText("The POS provider's own customer id").first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Execute" }).count(), 0);
  await watched.close();
});
