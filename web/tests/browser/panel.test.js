/**
 * `<customer-panel>` in a host that is careless or hostile: no stack, a page of our own, answers as late as we like. The host
 * is no secure context, so there is no `crypto.subtle`.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { both, customer, envelope, found, gate, HOST, host, LAYLA, look, META, module, NOOR, outcomes, shows, text, told } from "./host.js";
import { browser } from "./support.js";

/** @type {import("playwright-core").Browser} */
let launched;

before(async () => {
  launched = await browser();
});
after(() => launched.close());

test("of lookups that race only the last is shown, whatever comes when", async () => {
  const slow = gate();
  const page = await host(launched, async (url) => {
    if (url.searchParams.get("phone") === LAYLA) await slow.waits;
    return both(url);
  });
  await look(page, { phone: LAYLA });
  await look(page, { phone: LAYLA });
  await look(page, { phone: NOOR });
  await shows(page, "registered");
  slow.release();
  assert.deepEqual(await outcomes(page, 3), ["superseded", "superseded", "found"]);
  assert.match(await text(page), /Noor/u);
  assert.equal(await page.evaluate(() => window.isSecureContext || Boolean(crypto.subtle)), false);
  await page.context().close();
});

test("clear() and a removal in the middle of a lookup: nothing of it is ever shown", async () => {
  const late = gate();
  const page = await host(launched, async (url) => {
    await late.waits;
    return both(url);
  });
  await look(page, { phone: LAYLA });
  await page.evaluate(() => /** @type {any} */ (window).panel.clear());
  await shows(page, "idle");
  await look(page, { phone: LAYLA });
  await page.evaluate(() => /** @type {any} */ (window).panel.remove());
  assert.deepEqual(await outcomes(page, 2), ["superseded", "superseded"]);
  late.release();
  await page.evaluate(() => document.body.append(/** @type {any} */ (window).panel));
  await shows(page, "idle");
  // One that is only moved keeps its customer.
  await look(page, { phone: LAYLA });
  await shows(page, "registered");
  await page.evaluate(() => document.body.prepend(/** @type {any} */ (window).panel));
  assert.match(await text(page), /Layla/u);
  await page.context().close();
});

test("a token callback that throws, gives nothing, or is none says what to do; the next try works", async () => {
  const page = await host(launched, both);
  for (const [number, state] of ["failed", "signed-out", "failed", "failed"].entries()) {
    await page.evaluate((number) => {
      const no = () => { throw new Error("no"); };
      /** @type {any} */ (window).panel.token = [no, () => undefined, () => Promise.reject(new Error("later")), undefined][number];
    }, number);
    await look(page, { phone: LAYLA });
    await shows(page, state);
    await page.evaluate(() => { /** @type {any} */ (window).panel.token = () => "t-1"; });
    await shows(page, "idle");
  }
  assert.deepEqual(page.asked, []);
  await look(page, { phone: LAYLA });
  await shows(page, "registered");
  await page.context().close();
});

test("a token that never comes ends at the deadline, and one that comes late is sent for nobody", async () => {
  /** @type {string[]} */
  const tokens = [];
  const page = await host(launched, async (url, token) => {
    tokens.push(token);
    return both(url);
  }, { clock: true });
  await page.evaluate(() => {
    const { panel } = /** @type {any} */ (window);
    panel.token = () => new Promise((resolve) => Object.assign(window, { give: resolve }));
  });
  await look(page, { phone: LAYLA });
  await page.clock.runFor(1600);
  await page.getByText("Still looking").first().waitFor();
  await page.clock.runFor(7000);
  await shows(page, "timeout");
  // The till is another one meanwhile.
  await page.evaluate(() => { /** @type {any} */ (window).panel.token = () => "t-2"; /** @type {any} */ (window).give("t-old"); });
  await look(page, { phone: NOOR });
  await shows(page, "registered");
  assert.deepEqual(tokens, ["Bearer t-2"]);
  await page.context().close();
});

test("another address or token in the middle: the lookup of before is nobody's, and its customer is gone", async () => {
  const late = gate();
  const page = await host(launched, async (url) => {
    if (url.pathname.startsWith("/v1")) await late.waits;
    return both(url);
  });
  await look(page, { phone: LAYLA });
  await page.evaluate(() => /** @type {any} */ (window).panel.setAttribute("api", "/v2"));
  assert.deepEqual(await outcomes(page, 1), ["superseded"]);
  late.release();
  await shows(page, "idle");
  await look(page, { phone: NOOR });
  await shows(page, "registered");
  assert.match(page.asked.at(-1) ?? "", /^\/v2/u);
  // Also of one whom the panel has without a lookup.
  await page.evaluate((one) => {
    const { panel } = /** @type {any} */ (window);
    panel.setAttribute("api", "/v3");
    panel.showSession({ status: "registered", customer: one, unclaimed_cashback: null });
    panel.token = () => "t-3";
  }, customer("Layla", LAYLA));
  await shows(page, "idle");
  await page.context().close();
});

test("the network lost in the middle is said, and Try again looks up the same", async () => {
  let lost = true;
  const page = await host(launched, async (url) => (lost ? "lost" : both(url)));
  await page.context().setOffline(true);
  await look(page, { phone: NOOR });
  await shows(page, "offline");
  lost = false;
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await shows(page, "registered");
  assert.match(await text(page), /Noor/u);
  await page.context().close();
});

test("an idle customer is forgotten though the clock is set back, and a host hides its events", async () => {
  const page = await host(launched, both, { clock: true });
  await page.evaluate(() => {
    for (const kind of ["pointerdown", "keydown"]) document.body.addEventListener(kind, (event) => event.stopPropagation());
  });
  await look(page, { phone: LAYLA });
  await shows(page, "registered");
  await page.clock.runFor(100_000);
  await page.locator("customer-panel h2").first().click();
  await page.clock.runFor(100_000);
  assert.match(await text(page), /Layla/u);
  await page.clock.setSystemTime(Date.now() - 3_600_000);
  await page.clock.runFor(21_000);
  await shows(page, "idle");
  assert.deepEqual(await told(page), [["customer-forgotten", {}]]);
  await page.context().close();
});

for (const seconds of ["", "two minutes", "-5", "0", "Infinity", "1e300"]) {
  test(`idle-seconds="${seconds}" forgets nobody at once, and nobody stays for good`, async () => {
    const page = await host(launched, both, { clock: true, body: `<customer-panel api="/v1" idle-seconds="${seconds}"></customer-panel>` });
    await look(page, { phone: LAYLA });
    await shows(page, "registered");
    await page.clock.runFor(119_000);
    assert.match(await text(page), /Layla/u);
    if (seconds !== "1e300") {
      await page.clock.runFor(2000);
      await shows(page, "idle");
    }
    // A shorter time holds for who is on the screen already.
    await look(page, { phone: LAYLA });
    await shows(page, "registered");
    await page.clock.runFor(30_000);
    await page.evaluate(() => /** @type {any} */ (window).panel.setAttribute("idle-seconds", "20"));
    await shows(page, "idle");
    await page.context().close();
  });
}

test("the page's language changes in the middle: the panel follows, loading and found", async () => {
  const late = gate();
  const page = await host(launched, async (url) => {
    await late.waits;
    return both(url);
  });
  await look(page, { phone: LAYLA });
  await page.evaluate(() => document.documentElement.setAttribute("lang", "ar"));
  await page.getByText("جارٍ البحث عن العميل").first().waitFor();
  late.release();
  await shows(page, "registered");
  assert.match(await text(page), /١٢٥٫٠٠/u);
  await page.evaluate(() => document.documentElement.setAttribute("lang", "en"));
  await page.getByText("Can spend", { exact: true }).waitFor();
  // What is no language is English, and nobody's name is lost for it.
  await page.evaluate(() => /** @type {any} */ (window).panel.setAttribute("lang", "!!"));
  assert.match(await text(page), /Layla/u);
  await page.context().close();
});

test("two panels on one page know nothing of each other", async () => {
  const page = await host(launched, both, { body: '<customer-panel api="/v1"></customer-panel><customer-panel api="/v1" lang="ar"></customer-panel>' });
  const [first, second] = [0, 1].map((number) => page.locator("customer-panel").nth(number).locator("section"));
  await page.evaluate(() => { for (const each of document.querySelectorAll("customer-panel")) /** @type {any} */ (each).token = () => "t-1"; });
  await page.locator("customer-panel").first().evaluate((panel, phone) => /** @type {any} */ (panel).lookup({ phone }), LAYLA);
  await page.locator("customer-panel").nth(1).evaluate((panel, phone) => /** @type {any} */ (panel).lookup({ phone }), NOOR);
  assert.match((await first?.innerText()) ?? "", /Layla[\s\S]*Can spend/u);
  assert.match((await second?.innerText()) ?? "", /Noor[\s\S]*الرصيد المتاح/u);
  await page.locator("customer-panel").first().evaluate((panel) => /** @type {any} */ (panel).clear());
  assert.equal(await first?.getAttribute("data-state"), "idle");
  assert.match((await second?.innerText()) ?? "", /Noor/u);
  await page.context().close();
});

const LOUD = `
* { letter-spacing: 1em !important; text-transform: uppercase !important; color: transparent !important; white-space: nowrap !important; }
body { font: 60px/3 serif; text-indent: 200px; text-align: right; word-break: break-all; cursor: none; word-spacing: 50px; -webkit-text-fill-color: transparent; text-shadow: 0 0 9px red; }
customer-panel { display: inline; line-height: 0; font-size: 3px; }
h2, section, button, dl { display: none !important; }`;

test("a page's own style does not reach into the panel", async () => {
  const plain = await host(launched, both);
  const loud = await host(launched, both, { style: LOUD });
  /** @type {unknown[]} */
  const seen = [];
  for (const page of [plain, loud]) {
    await page.evaluate(() => { /** @type {any} */ (window).panel.style.cssText = "display: block; inline-size: 700px"; });
    await look(page, { phone: LAYLA });
    await shows(page, "registered");
    seen.push(await page.evaluate(() => [.../** @type {any} */ (window).panel.shadowRoot.querySelectorAll("*")].map((/** @type {Element} */ each) => {
      const style = getComputedStyle(each);
      const names = ["fontSize", "lineHeight", "letterSpacing", "wordSpacing", "textTransform", "whiteSpace", "textIndent", "textAlign", "color", "webkitTextFillColor", "cursor", "display", "textShadow", "wordBreak"];
      const { width, height } = each.getBoundingClientRect();
      return [each.tagName, ...names.map((name) => /** @type {any} */ (style)[name]), Math.round(width), Math.round(height)].join(" ");
    })));
  }
  assert.deepEqual(seen[1], seen[0]);
  await plain.context().close();
  await loud.context().close();
});

test("an answer that cannot be drawn is a failure, and the customer of before is gone", async () => {
  let wrong = /** @type {any} */ (null);
  const page = await host(launched, async (url) => (wrong ? [200, wrong] : both(url)));
  const bad = [
    found(customer("Mallory", NOOR, { balance: { spendable_minor: 1, locked_promo_minor: 0, currency: "money" } })),
    found(customer("Mallory", NOOR, { activity: null })),
    found(customer("Mallory", NOOR, { member_since: "yesterday" })),
    envelope(null),
  ];
  for (const [number, answer] of bad.entries()) {
    wrong = null;
    await look(page, { phone: LAYLA });
    await shows(page, "registered");
    wrong = answer;
    await look(page, { phone: NOOR });
    await shows(page, "failed");
    assert.equal((await outcomes(page, 2 * number + 2)).at(-1), "failed");
  }
  // The same of a session's context.
  await page.evaluate(() => /** @type {any} */ (window).panel.showSession(null));
  await shows(page, "failed");
  await page.context().close();
});

test("a host's query may have null, an empty text, a number, or be missing", async () => {
  const page = await host(launched, async (url) => (url.search ? both(url) : [400, { ok: false, data: null, error: { code: "VALIDATION_ERROR", message: "", details: [] }, meta: META }]));
  for (const query of [{ phone: null, providerCustomerId: "pos-1" }, { phone: "", providerCustomerId: "pos-1" }, { phone: 33001122, providerCustomerId: null }, undefined, null, {}]) await look(page, query);
  await shows(page, "invalid");
  assert.equal((await outcomes(page, 6)).filter((/** @type {string} */ each) => each.startsWith("rejected")).length, 0);
  for (const query of [{ phone: null, providerCustomerId: "pos-1" }, { phone: 33001122, providerCustomerId: null }]) {
    await look(page, query);
    await shows(page, "registered");
  }
  assert.deepEqual(page.asked.slice(-2), ["/v1/customers/lookup?provider_customer_id=pos-1", "/v1/customers/lookup?phone=33001122"]);
  await page.context().close();
});

test("Register tells of the customer who is on the screen, and not of the last lookup", async () => {
  const page = await host(launched, both);
  await look(page, { phone: LAYLA });
  await shows(page, "registered");
  const waiting = { amount_minor: 2500, currency: "QAR", expires_at: null };
  await page.evaluate(([one, waiting]) => /** @type {any} */ (window).panel.showSession({ status: "pending_proof", customer: one, unclaimed_cashback: waiting }), /** @type {const} */ ([customer("Noor", NOOR, { state: "PENDING_PROOF" }), waiting]));
  await page.getByRole("button", { name: "Register to claim" }).click();
  assert.deepEqual(await told(page), [["customer-register", { phone: NOOR }]]);
  await page.context().close();
});

test("a host may set the token before the module is there, and load the module twice", async () => {
  const context = await launched.newContext();
  const page = await context.newPage();
  /** @type {string[]} */
  const tokens = [];
  await page.route(`${HOST}**`, async (route) => {
    const url = new URL(route.request().url());
    if (url.pathname === "/") return route.fulfill({ contentType: "text/html", body: '<customer-panel api="/v1"></customer-panel>' });
    if (url.pathname.endsWith(".js")) return route.fulfill(module(url));
    tokens.push(route.request().headers().authorization ?? "");
    return route.fulfill({ json: found(customer("Layla", LAYLA)) });
  });
  await page.goto(HOST);
  const shown = await page.evaluate(async (phone) => {
    const panel = /** @type {any} */ (document.querySelector("customer-panel"));
    panel.token = () => "early";
    await import(/** @type {any} */ ("/panel/customer-panel.js"));
    await import(/** @type {any} */ ("/panel/customer-panel.js?again"));
    return (await panel.lookup({ phone })).kind;
  }, LAYLA);
  assert.equal(shown, "found");
  assert.deepEqual(tokens, ["Bearer early"]);
  await context.close();
});
