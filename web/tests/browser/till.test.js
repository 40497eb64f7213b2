/** The demo till, end to end on the local stack. `make test` runs the first test alone. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, press, stack, Watched } from "./support.js";

const LAYLA = "+97433001122";
const PENDING = "+97455003344";
const DISABLED = "+97466005566";
const UNKNOWN = "+97477007788";

/** @type {import("playwright-core").Browser} */
let launched;

before(async () => {
  launched = await browser();
});
after(() => launched.close());

/** @param {string} [lang] @param {import("playwright-core").BrowserContextOptions} [options] */
async function till(lang = "en", options = {}) {
  const watched = await Watched.open(launched, options);
  await watched.page.goto(`${stack().web.till}?lang=${lang}`);
  return watched;
}

/** @param {Watched} watched @param {string} state */
function state({ page }, state) {
  return page.locator(`customer-panel section[data-state="${state}"]`).waitFor();
}

test("flow: a customer is found, joins the order, and checks in: the panel's four states, with the keyboard alone", async () => {
  const watched = await till();
  const { page } = watched;
  await state(watched, "idle");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "phone", "a cashier can type at once");
  await page.keyboard.type("٣٣٠٠ ١١٢٢");
  await page.keyboard.press("Enter");
  await state(watched, "registered");
  assert.match((await page.locator("customer-panel section").innerText()).replaceAll("\u00a0", " "), /Layla Hassan[\s\S]*VIP[\s\S]*QAR 125\.00/u);
  await watched.isAccessible();
  await watched.hasLargeTargets();
  await press(page, page.getByRole("button", { name: "Attach to this order" }));
  await state(watched, "identified_in_session");
  // The keyboard is on what comes next, each time.
  await page.keyboard.press("Enter");
  await page.getByText("Check-in recorded.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "New order");
  assert.equal(watched.sent("GET", /customers\/lookup/u), 1);
  for (const phone of [PENDING, UNKNOWN, DISABLED]) {
    await page.locator("#phone").fill(phone);
    await page.keyboard.press("Enter");
    await state(watched, phone === PENDING ? "pending_proof" : "not_found");
    if (phone === PENDING) await page.getByText("Another customer is on this order already").waitFor();
  }
  await watched.close();
});

test("in Arabic, from right to left, with Arabic digits", async () => {
  const watched = await till("ar");
  const { page } = watched;
  assert.equal(await page.locator("html").getAttribute("dir"), "rtl");
  await page.locator(`[data-phone="${PENDING}"]`).click();
  await state(watched, "pending_proof");
  assert.match(await page.locator("customer-panel section").innerText(), /٢٥٫٠٠/u);
  await watched.isAccessible();
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await state(watched, "registered");
  await watched.isAccessible();
  await page.getByRole("button", { name: "English" }).click();
  await state(watched, "registered");
  assert.match(await page.locator("customer-panel section").innerText(), /Member since/u);
  await watched.close();
});

for (const width of [360, 768, 1920]) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`at ${width} px, ${colorScheme}: every state fits and is accessible`, async () => {
      const watched = await till("en", { viewport: { width, height: 800 }, colorScheme });
      for (const [phone, shown] of [[LAYLA, "registered"], [PENDING, "pending_proof"], [UNKNOWN, "not_found"]]) {
        await watched.page.locator(`[data-phone="${phone}"]`).click();
        await state(watched, shown ?? "");
        await watched.isAccessible();
      }
      await watched.hasLargeTargets();
      await watched.close();
    });
  }
}

test("a slow first answer after a fast second one is never shown", async () => {
  const watched = await till();
  const { page } = watched;
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route(/lookup.*33001122/u, async (route) => {
    const answer = await route.fetch();
    await released;
    await route.fulfill({ response: answer }).catch(() => {});
  });
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await state(watched, "loading");
  await page.getByText("Still looking").first().waitFor();
  await page.locator(`[data-phone="${UNKNOWN}"]`).click();
  await state(watched, "not_found");
  release();
  await page.unrouteAll({ behavior: "wait" });
  await state(watched, "not_found");
  assert.doesNotMatch(await page.locator("customer-panel section").innerText(), /Layla/u);
  await watched.close();
});

test("without a network the panel says so, and the same lookup works when it is back", async () => {
  const watched = await till();
  const { page } = watched;
  await state(watched, "idle");
  await watched.page.waitForLoadState("networkidle");
  watched.expectsLostNetwork = true;
  await watched.context.setOffline(true);
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await state(watched, "offline");
  await watched.isAccessible();
  await watched.context.setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await state(watched, "registered");
  await watched.close();
});

test("what is refused says why, with the request's id", async () => {
  const watched = await till();
  const { page } = watched;
  watched.expected.add(400);
  await page.locator("#phone").fill("12");
  await page.keyboard.press("Enter");
  await state(watched, "invalid");
  assert.match(await page.locator("customer-panel code").innerText(), /[0-9a-f-]{36}/u);
  await watched.close();
});

test("idle time, leaving and New order forget the person; storage and address never had one", async () => {
  const watched = await till();
  const { page } = watched;
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await state(watched, "registered");
  const kept = await page.evaluate(() => JSON.stringify({ ...window.localStorage, ...window.sessionStorage }) + document.cookie + location.href);
  assert.doesNotMatch(kept, /Layla|33001122/u);
  await page.evaluate(() => document.querySelector("customer-panel")?.setAttribute("idle-seconds", "0.2"));
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await page.getByText("cleared from the screen").waitFor();
  await state(watched, "idle");
  await page.evaluate(() => document.querySelector("customer-panel")?.setAttribute("idle-seconds", "60"));
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await state(watched, "registered");
  await page.getByRole("button", { name: "New order" }).click();
  await state(watched, "idle");
  assert.equal(await page.locator("#phone").inputValue(), "");
  await page.locator(`[data-phone="${LAYLA}"]`).click();
  await state(watched, "registered");
  await page.goto("about:blank");
  await page.goBack();
  await state(watched, "idle");
  await watched.close();
});

const HOSTILE = {
  markup: "<img src=x onerror=alert(1)><script>alert(2)</script>",
  override: "\u202egnirts desrever\u202c \u2067abc",
  long: "W".repeat(500),
  emoji: "👩🏽‍🚀".repeat(60),
  nulls: "a\u0000b\u0007c",
};

for (const [kind, name] of Object.entries(HOSTILE)) {
  test(`a name of ${kind} is text, and the layout holds at 360 px`, async () => {
    const watched = await till("en", { viewport: { width: 360, height: 800 } });
    const { page } = watched;
    await page.route(/lookup/u, async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      body.data.customer.name = name;
      body.data.customer.phone = name;
      body.data.customer.badge = name;
      await route.fulfill({ response: answer, json: body });
    });
    await page.locator(`[data-phone="${LAYLA}"]`).click();
    await state(watched, "registered");
    assert.equal(await page.locator("customer-panel").evaluate((panel) => panel.shadowRoot?.querySelectorAll("img, script").length), 0);
    await watched.isAccessible();
    await watched.close();
  });
}
