/** The console's layout: each page at each width, in both colour schemes, and with hostile texts. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { filled, HOSTILE, poisoned, refusal } from "./hostile.js";
import { browser, signedIn } from "./support.js";

/** @type {import("playwright-core").Browser} */
let launched;

before(async () => {
  launched = await browser();
});
after(() => launched.close());

for (const width of [360, 1920]) {
  test(`every page fits at ${width} px, light and dark, in Arabic`, async () => {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const watched = await signedIn(launched, "officer", { lang: "ar", options: { viewport: { width, height: 800 }, colorScheme } });
      const { page } = watched;
      await page.locator("main td a").first().waitFor();
      await watched.isAccessible();
      await page.locator("main td a").first().click();
      await page.locator(".timeline").waitFor();
      await watched.isAccessible();
      await watched.hasLargeTargets();
      for (const path of ["erasures", "activity"]) {
        await page.locator(`nav a[href="#/${path}"]`).click();
        await page.locator("main td, main .empty").first().waitFor();
        await watched.isAccessible();
      }
      await watched.close();
    }
  });
}

for (const [who, paths] of /** @type {const} */ ([
  ["manager", ["", "/ID", "/ID/correct", "/ID/merge", "/ID/merge/OTHER", "/ID/duplicates", "!refused", "!figures"]],
  ["officer", ["/ID/export", "/ID/erase", "!erasures", "!activity"]],
])) {
  test(`hostile text in every field of every page of the ${who} is text, and the layout holds at 360 px`, async () => {
    const watched = await signedIn(launched, who, { options: { viewport: { width: 360, height: 800 } } });
    const { page } = watched;
    await page.locator("main td a").nth(1).waitFor();
    const [id, other] = await page.locator("main td a").evaluateAll((links) => links.map((each) => each.getAttribute("href")?.split("/")[2] ?? ""));
    let evil = "";
    await page.route(/\/v1\/partner\//u, async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      await route.fulfill({ response: answer, json: { ...body, data: poisoned(filled(body.data, evil), evil) } });
    });
    for (const text of Object.values(HOSTILE)) {
      evil = text;
      for (const path of paths) {
        const hash = path.startsWith("!") ? `#/${path.slice(1)}` : `#/customers${path.replace("ID", id ?? "").replace("OTHER", other ?? "")}`;
        await page.evaluate((next) => (location.hash = next), hash);
        await page.waitForFunction(() => document.querySelector("main > *") && !document.querySelector('main [aria-busy="true"]'));
        assert.equal(await page.locator("main img, main script, main iframe").count(), 0);
        assert.equal(await page.locator("main .problem h2", { hasText: /The request was refused|No answer came/u }).count(), 0, hash);
        await watched.isAccessible();
      }
    }
    await watched.close();
  });
}

for (const lang of ["en", "ar"]) {
  test(`hostile text in every part of a refusal is text, beside words of our own, and the layout holds at 360 px, in ${lang}`, async () => {
    const watched = await signedIn(launched, "manager", { lang, options: { viewport: { width: 360, height: 800 } } });
    const { page } = watched;
    watched.expected.add(400);
    await page.locator("main td a").first().waitFor();
    const id = await page.locator("main td a").first().evaluate((link) => link.getAttribute("href")?.split("/")[2] ?? "");
    const go = async (/** @type {string} */ hash) => {
      await page.evaluate((next) => (location.hash = next), hash);
      await page.waitForFunction(() => document.querySelector("main > *") && !document.querySelector('main [aria-busy="true"]'));
    };
    for (const text of Object.values(HOSTILE)) {
      const isRefused = async () => {
        assert.equal(await page.locator("main img, main script, main iframe").count(), 0);
        await page.locator("main .problem .reasons").first().waitFor();
        await watched.isAccessible();
      };
      await go(`#/customers/${id}/correct`);
      await page.route(/\/v1\/partner\//u, (route) => route.fulfill({ status: 400, json: refusal(text) }));
      await page.locator("#name").fill("Another Name");
      await page.keyboard.press("Enter");
      await isRefused();
      page.once("dialog", (dialog) => void dialog.accept());
      for (const path of ["", `/${id}`, `/${id}/duplicates`]) {
        await go(`#/customers${path}`);
        await isRefused();
      }
      await page.unrouteAll({ behavior: "wait" });
    }
    await watched.close();
  });
}
