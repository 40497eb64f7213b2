/**
 * A real Chromium on the pages of a running local stack, and what every page must hold: no error in the console, no
 * report of the policy, no request to another origin, no violation that axe finds.
 */

import assert from "node:assert/strict";
import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** @typedef {{ api: string, web: Record<string, string> }} Stack */

/** @returns {Stack} the stack whose file `STACK` names */
export function stack() {
  const file = process.env.STACK;
  assert.ok(file, "STACK must name the stack's file, .local/stack.json");
  return JSON.parse(readFileSync(file, "utf8"));
}

/** @returns {string} the machine's own Chromium, by `CHROMIUM` or on the PATH, else the one that Playwright downloaded */
export function executable() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [process.env.CHROMIUM, ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), chromium.executablePath()];
  const found = candidates.find((path) => path && executes(path));
  assert.ok(found, "There is no Chromium here: install it (Debian, Ubuntu: chromium), or name one with CHROMIUM=/path");
  return found;
}

/** @param {string} path */
function executes(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function browser() {
  return chromium.launch({ executablePath: executable(), args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"] });
}

/** A page that is watched from its first request on. */
export class Watched {
  /** What went wrong, in words. @type {string[]} */
  faults = [];
  /** Requests by `METHOD path`, for counting. @type {string[]} */
  requests = [];
  /** Statuses of answers that the page must expect, and the browser calls errors. @type {Set<number>} */
  expected = new Set();
  /** Whether the test takes the network away. */
  expectsLostNetwork = false;

  /**
   * @param {import("playwright-core").Browser} launched
   * @param {import("playwright-core").BrowserContextOptions & { origins?: string[] }} [options]
   */
  static async open(launched, { origins = [], ...options } = {}) {
    const context = await launched.newContext({ viewport: { width: 1280, height: 900 }, locale: "en", timezoneId: "Asia/Qatar", ...options });
    const watched = new Watched(context, await context.newPage(), [new URL(stack().api).origin, ...origins]);
    await watched.#watch();
    return watched;
  }

  /**
   * @param {import("playwright-core").BrowserContext} context
   * @param {import("playwright-core").Page} page
   * @param {string[]} origins
   */
  constructor(context, page, origins) {
    this.context = context;
    this.page = page;
    this.origins = origins;
  }

  async #watch() {
    this.page.on("console", (message) => this.#heard(message));
    this.page.on("pageerror", (error) => this.faults.push(`error: ${error.message}`));
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      this.requests.push(`${request.method()} ${url.pathname}`);
      if (url.protocol.startsWith("http") && !this.origins.includes(url.origin)) this.faults.push(`off origin: ${url.origin}`);
    });
    await this.page.exposeFunction("reported", (/** @type {string} */ report) => this.faults.push(`policy: ${report}`));
    await this.page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        /** @type {any} */ (window).reported(`${event.effectiveDirective} ${event.blockedURI}`);
      });
    });
  }

  /** @param {import("playwright-core").ConsoleMessage} message */
  #heard(message) {
    const status = Number(/status of (\d{3})/u.exec(message.text())?.[1]);
    // The provider's sign-in page is not ours, and has no icon.
    if (new URL(message.location().url || "about:blank").pathname === "/favicon.ico") return;
    if (!["error", "warning"].includes(message.type()) || this.expected.has(status)) return;
    if (this.expectsLostNetwork && /net::ERR_(?:INTERNET_DISCONNECTED|FAILED)/u.test(message.text())) return;
    this.faults.push(`console: ${message.text()}`);
  }

  /** @param {string} method @param {RegExp} path @returns {number} */
  sent(method, path) {
    return this.requests.filter((each) => each.startsWith(`${method} `) && path.test(each)).length;
  }

  /** Nothing that axe finds, and nothing that scrolls sideways. */
  async isAccessible() {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(async (rules) => {
      const { violations } = await /** @type {any} */ (window).axe.run(document, { runOnly: rules });
      return violations.map((/** @type {any} */ each) => `${each.id}: ${each.nodes.map((/** @type {any} */ node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
    }, RULES);
    assert.deepEqual(found, []);
    const overflow = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  }

  /** Every control has 44 px in both directions. */
  async hasLargeTargets() {
    const small = await this.page.evaluate(() => {
      const all = [...document.querySelectorAll("button, input, select, a.button")];
      return all
        .map((each) => ({ each, box: each.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
        .map(({ each, box }) => `${each.textContent || each.id}: ${box.width} × ${box.height}`);
    });
    assert.deepEqual(small, []);
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.faults, []);
  }
}

/** More Tabs than any page has stops. */
const MOST_STOPS = 250;

/**
 * Go to a control as somebody without a mouse does, from where the keyboard is now.
 * @param {import("playwright-core").Page} page @param {import("playwright-core").Locator} control
 */
export async function reach(page, control) {
  await control.waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    const [there, seen] = await control.evaluate((element) => [element === document.activeElement, element.matches(":focus-visible") && getComputedStyle(element).outlineStyle !== "none"]);
    assert.ok(seen || !there, "nobody sees where the keyboard is");
    if (there) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`no Tab leads to ${control}`);
}

/** @param {import("playwright-core").Page} page @param {import("playwright-core").Locator} control */
export async function press(page, control) {
  await reach(page, control);
  await page.keyboard.press("Enter");
}

/** @param {import("playwright-core").Page} page @param {import("playwright-core").Locator} field @param {string} text in place of what is there */
export async function type(page, field, text) {
  await reach(page, field);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

/** Where the keyboard is after something is done: on the outcome, and nowhere that is gone. @param {import("playwright-core").Page} page */
export function focused(page) {
  return page.evaluate(() => document.activeElement?.className ?? "");
}

/** The three people of the demo's user pool. */
export const PASSWORDS = { manager: "Demo-manager-1", officer: "Demo-officer-1", cashier: "Demo-cashier-1" };

/** From the console's first page. @param {import("playwright-core").Page} page @param {keyof typeof PASSWORDS} who @param {string} lang */
export async function signIn(page, who, lang) {
  await press(page, page.getByRole("button", { name: lang === "ar" ? "تسجيل الدخول" : "Sign in" }));
  await atTheProvider(page, who);
  await page.locator(".frame nav").waitFor();
}

/** On the console's first page. @param {import("playwright-core").Browser} launched @param {keyof typeof PASSWORDS} who @param {{ lang?: string, options?: import("playwright-core").BrowserContextOptions }} [more] */
export async function signedIn(launched, who, { lang = "en", options = {} } = {}) {
  const watched = await Watched.open(launched, options);
  const { page } = watched;
  await page.goto(`${stack().web.console}?lang=${lang}`);
  await page.locator("main h1").waitFor();
  await watched.isAccessible();
  await signIn(page, who, lang);
  assert.equal(await page.locator("html").getAttribute("lang"), lang);
  return watched;
}

/** @param {import("playwright-core").Page} page @param {keyof typeof PASSWORDS} who */
export async function atTheProvider(page, who) {
  await page.locator('input[name="username"]').fill(who);
  await page.locator('input[name="password"]').fill(PASSWORDS[who]);
  await page.keyboard.press("Enter");
}
