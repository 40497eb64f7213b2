/** What may go wrong at the console: a session that ends, a lost network, back and reload, two tabs, a late answer. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { open, person } from "./people.js";
import { atTheProvider, browser, signedIn, stack } from "./support.js";

/** @type {import("playwright-core").Browser} */
let launched;

before(async () => {
  launched = await browser();
});
after(() => launched.close());

test("a token that ends in the middle of a merge is renewed without a word, and the merge is done once", async () => {
  const watched = await signedIn(launched, "manager");
  const { page } = watched;
  watched.expected.add(401);
  await open(watched, "renewed");
  await page.getByRole("link", { name: "Merge", exact: true }).click();
  await page.getByLabel("Name or phone").fill(person("absorbed").name);
  await page.locator("main").getByRole("link", { name: person("absorbed").name }).click();
  await page.getByRole("heading", { name: "Result" }).waitFor();
  /** @type {(string | undefined)[]} */
  const keys = [];
  await page.route(/\/merge$/u, async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length === 1) await route.fulfill({ status: 401, json: { ok: false, data: null, error: { code: "INVALID_API_KEY", message: "", details: [] }, meta: { request_id: "r" } } });
    else await route.continue();
  });
  await page.getByRole("button", { name: "Merge these two" }).click();
  await page.getByText("Both phones and both ids").waitFor();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal(watched.sent("POST", /\/oauth2\/token$/u), 2, "the sign-in and one renewal");
  await watched.close();
});

test("the network lost while erasing: nobody is told that it is done or not, and the second press has the same key", async () => {
  const watched = await signedIn(launched, "officer");
  const { page } = watched;
  watched.expectsLostNetwork = true;
  await open(watched, "lost");
  await page.getByRole("link", { name: "Erase" }).click();
  await page.getByLabel(/to confirm/u).fill("erase");
  /** @type {(string | undefined)[]} */
  const keys = [];
  await page.route(/\/customers\/usr_[^/?]+$/u, async (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    // It arrives, and its answer does not.
    await route.fetch();
    return route.abort("failed");
  });
  const erase = page.getByRole("button", { name: "Erase for good" });
  await erase.click();
  await page.getByText("We do not know whether it was done").waitFor();
  await watched.isAccessible();
  await erase.click();
  await page.getByText("Personal data is removed").last().waitFor();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  await watched.close();
});

test("a session that ends is asked for again in place, also after a blocked and a closed window, and what was typed stays", async () => {
  const watched = await signedIn(launched, "manager");
  const { page } = watched;
  watched.expected.add(401).add(400);
  await open(watched, "typed");
  await page.getByRole("link", { name: "Correct" }).click();
  await page.getByLabel("Name").fill("Half Typed");
  let refused = false;
  await page.route(/\/v1\/partner\//u, (route) => (refused ? route.continue() : ((refused = true), route.fulfill({ status: 401, json: { ok: false, data: null, error: null, meta: {} } }))));
  await page.route(/\/oauth2\/token$/u, (route) => (route.request().postData()?.includes("refresh_token") ? route.fulfill({ status: 400, json: { error: "invalid_grant" } }) : route.continue()));
  await page.getByRole("button", { name: "Save the correction" }).click();
  await page.getByRole("heading", { name: "Your session has ended" }).waitFor();
  await watched.isAccessible();
  await page.evaluate(() => {
    const real = window.open;
    window.open = () => ((window.open = real), null);
  });
  await page.getByRole("button", { name: "Sign in again" }).click();
  await page.getByText("The browser has blocked the window").waitFor();
  const again = page.getByRole("button", { name: "Open the window again" });
  const [closed] = await Promise.all([watched.context.waitForEvent("page"), again.click()]);
  await closed.close();
  await page.getByText("If you have closed it").waitFor();
  await watched.isAccessible();
  const [window_] = await Promise.all([watched.context.waitForEvent("page"), again.click()]);
  await atTheProvider(window_, "manager");
  await page.getByText("Corrected:").waitFor();
  await watched.close();
});

for (const [who, action, field, place] of /** @type {const} */ ([["manager", "Correct", "Name", "correct"], ["officer", "Erase", /to confirm/u, "erase"]])) {
  test(`${place}: back and reload lose nothing typed without a word, and a reload signs in again and returns`, async () => {
    const watched = await signedIn(launched, who);
    const { page } = watched;
    await open(watched, "again");
    const here = page.url();
    await page.getByRole("link", { name: action }).click();
    await page.getByLabel(field).fill("Half");
    let asked = 0;
    page.on("dialog", (dialog) => {
      asked += 1;
      void (dialog.type() === "beforeunload" ? dialog.accept() : dialog.dismiss());
    });
    await page.goBack().catch(() => null);
    await page.getByLabel(field).waitFor();
    assert.equal(await page.getByLabel(field).inputValue(), "Half");
    assert.equal(asked, 1);
    await page.reload();
    assert.equal(asked, 2);
    await atTheProvider(page, who);
    await page.getByLabel(field).waitFor();
    assert.match(page.url(), new RegExp(`${new URL(here).hash}/${place}$`, "u"));
    assert.equal(watched.sent("PATCH", /./u), 0);
    assert.equal(watched.requests.filter((each) => each.startsWith("DELETE ")).length, place === "erase" ? 2 : 0, "dry runs alone");
    await watched.close();
  });
}

test("two tabs are two sessions of one person, and each does its own", async () => {
  const first = await signedIn(launched, "manager");
  const second = await first.context.newPage();
  await second.goto(stack().web.console ?? "");
  await second.getByRole("button", { name: "Sign in" }).click();
  await atTheProvider(second, "officer");
  await second.getByRole("navigation").getByRole("link", { name: "Erasures" }).waitFor();
  await open(first, "again");
  assert.equal(await first.page.getByRole("navigation").getByRole("link", { name: "Erasures" }).count(), 0);
  await first.close();
});

test("a cashier is offered nothing, and a page by its address neither", async () => {
  const watched = await signedIn(launched, "cashier");
  const { page } = watched;
  await page.getByText("Your account has no permission here").waitFor();
  await watched.isAccessible();
  await page.goto(`${stack().web.console}#/activity`);
  await page.getByText("Your account has no permission here").waitFor();
  await watched.close();
});

test("a slow search after a fast one: the list is that of what is typed", async () => {
  const watched = await signedIn(launched, "manager");
  const { page } = watched;
  const slow = person("renewed").name;
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route(/\/customers\/search$/u, async (route) => {
    const isSlow = route.request().postData()?.includes(slow);
    const answer = await route.fetch();
    if (isSlow) await released;
    await route.fulfill({ response: answer }).catch(() => {});
  });
  const asked = page.waitForRequest((request) => Boolean(request.postData()?.includes(slow)));
  await page.getByLabel("Name or phone").fill(slow);
  await asked;
  await page.getByLabel("Name or phone").fill(person("again").name);
  const link = page.locator("main td a");
  await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
  release();
  await page.unrouteAll({ behavior: "wait" });
  assert.deepEqual(await link.allInnerTexts(), [person("again").name]);
  await watched.close();
});
