/** What the console computes by itself: weeks, the period before, changes, CSV. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { weekly } from "../../pages/console/customer.js";
import { change, csv, periodBefore } from "../../pages/console/figures.js";

const NOW = Date.parse("2026-06-05T09:10:00Z");
const visit = (/** @type {string} */ at, type = "purchase.completed") => ({ type, occurred_at: at });

test("visits are counted in the week that they were in, and nothing else is", () => {
  const weeks = weekly([visit("2026-06-05T09:00:00Z"), visit("2026-05-30T09:00:00Z"), visit("2026-05-29T09:00:00Z"), visit("2026-06-05T09:00:00Z", "purchase.refunded"), visit("2020-01-01T00:00:00Z"), visit("2026-06-06T00:00:00Z")], NOW);
  assert.equal(weeks.length, 13);
  assert.deepEqual(weeks.map(({ count }) => count).slice(-3), [0, 1, 2]);
});

test("the period before has as many days and ends the day before", () => {
  assert.deepEqual(periodBefore({ from: "2026-06-01", to: "2026-06-30", branch: "b" }), { from: "2026-05-02", to: "2026-05-31", branch: "b" });
  assert.deepEqual(periodBefore({ from: "2026-03-01", to: "2026-03-01", branch: "" }), { from: "2026-02-28", to: "2026-02-28", branch: "" });
});

test("a change is a share of what was; from nothing it has none", () => {
  assert.equal(change(120, 100, "same", "en"), "+20%");
  assert.equal(change(80, 100, "same", "en"), "-20%");
  assert.equal(change(5, 5, "same", "en"), "same");
  assert.equal(change(5, 0, "same", "en"), "+");
});

test("the CSV has exact decimals of the currency, and a gap for what is not counted", () => {
  const days = [{ date: "2026-06-04", visits: 412, spend_minor: 1450805, refunds: 2, refunded_minor: 5, new_customers: null }];
  assert.equal(csv({ currency: "KWD", days }), "date,visits,spend,new_customers,refunded,currency\r\n2026-06-04,412,1450.805,,0.005,KWD\r\n");
});
