/**
 * How long a page works after an answer has arrived: until the panel, and until a page of a search, is painted.
 * `make web-bench` measures it on a running local stack. The network is not in it: answers are repeated from memory.
 */

import { browser, signIn, stack, Watched } from "./browser/support.js";

const TIMES = 200;
const ROWS = 50;
const MOST_OF_A_SEARCH = 100;

/** @param {number[]} times */
function told(times) {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (/** @type {number} */ share) => (sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(1);
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

/** @param {import("playwright-core").Page} page */
function panel(page) {
  return page.evaluate(async (times) => {
    const shown = /** @type {any} */ (document.querySelector("customer-panel"));
    const real = window.fetch;
    let answer = "";
    let arrived = 0;
    window.fetch = async (...asked) => {
      if (!answer) answer = await (await real(...asked)).text();
      arrived = performance.now();
      return new Response(answer, { headers: { "Content-Type": "application/json" } });
    };
    const found = [];
    for (let time = 0; time < times; time += 1) {
      await shown.lookup({ phone: "+97433001122" });
      await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
      found.push(performance.now() - arrived);
    }
    window.fetch = real;
    return found.slice(1);
  }, TIMES);
}

/** @param {import("playwright-core").Page} page */
function search(page) {
  return page.evaluate(async ([times = 0, rows = 0]) => {
    const real = window.fetch;
    const asked = /** @type {HTMLInputElement} */ (document.getElementById("query"));
    let answer = "";
    let arrived = 0;
    window.fetch = async (...request) => {
      if (!answer) {
        const body = await (await real(...request)).json();
        body.data.customers = Array.from({ length: rows }, () => body.data.customers[0]);
        answer = JSON.stringify(body);
      }
      arrived = performance.now();
      return new Response(answer, { headers: { "Content-Type": "application/json" } });
    };
    const found = [];
    for (let time = 0; time < times; time += 1) {
      arrived = 0;
      asked.form?.requestSubmit();
      while (!arrived || document.querySelectorAll("main tbody tr").length !== rows) await new Promise((later) => setTimeout(later, 0));
      await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
      found.push(performance.now() - arrived);
    }
    window.fetch = real;
    return found.slice(1);
  }, [TIMES / 4, ROWS]);
}

/** What somebody types, key by key: many customers fit each of these. */
const TYPED = ["hassan", "noor", "+9741", "0007", "omar kh", "\u062d\u0633\u0646", "jose garcia"];

/** Over the customers of the stack, each answer from the stack itself. @param {import("playwright-core").Page} page */
function typing(page) {
  return page.evaluate(async (words) => {
    const real = window.fetch;
    const asked = /** @type {HTMLInputElement} */ (document.getElementById("query"));
    const busy = () => document.querySelector('main [aria-busy="true"]');
    let arrived = 0;
    window.fetch = async (...request) => {
      const answer = await real(...request);
      const text = await answer.text();
      arrived = performance.now();
      return new Response(text, { status: answer.status, headers: answer.headers });
    };
    const found = [];
    for (const word of words) {
      for (let length = 1; length <= word.length; length += 1) {
        asked.value = word.slice(0, length);
        asked.form?.requestSubmit();
        while (busy()) await new Promise((later) => setTimeout(later, 0));
        await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
        found.push(performance.now() - arrived);
      }
    }
    window.fetch = real;
    return found.slice(1);
  }, TYPED);
}

/** How many customers the stack's enterprise has, as its figures say. @param {import("playwright-core").Page} page @returns {Promise<number>} */
async function customers(page) {
  const answered = page.waitForResponse(/\/customers\/stats/u);
  await page.evaluate(() => (location.hash = "#/figures"));
  const { data } = await (await answered).json();
  return Object.values(data.customers).reduce((sum, each) => sum + Number(each), 0);
}

const launched = await browser();
const till = await Watched.open(launched);
await till.page.goto(stack().web.till ?? "");
await till.page.locator("customer-panel section").waitFor();
console.log(`panel, from the answer's arrival to its paint: ${told(await panel(till.page))}`);
await till.close();

const office = await Watched.open(launched);
await office.page.goto(stack().web.console ?? "");
await signIn(office.page, "manager", "en");
await office.page.locator("main td a").first().waitFor();
const times = await search(office.page);
console.log(`search, a page of ${ROWS} customers from memory: ${told(times)}`);
const all = await customers(office.page);
await office.page.evaluate(() => (location.hash = "#/customers"));
await office.page.locator("main td a").first().waitFor();
const typed = await typing(office.page);
console.log(`search over ${all} customers, key by key, ${typed.length + 1} searches: ${told(typed)}, slowest ${Math.max(...typed).toFixed(1)} ms`);
await office.close();
await launched.close();
if (Math.max(...times, ...typed) > MOST_OF_A_SEARCH) process.exitCode = 1;
