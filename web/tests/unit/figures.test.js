/** What the console computes by itself: weeks, the period before, changes, CSV. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { weekly } from "../../pages/console/customer.js";
import { change, csv, ofPeriod, periodBefore } from "../../pages/console/figures.js";
import { ceiling } from "../../pages/console/plot.js";

const NOW = Date.parse("2026-06-05T09:10:00Z");
const on = (/** @type {string} */ date, visits = 1) => ({ date, visits });

test("visits are counted in the week that they were in, and a day ahead of ours in the last", () => {
  const weeks = weekly([on("2026-06-06"), on("2026-06-05", 2), on("2026-05-30"), on("2026-05-29", 4), on("2026-03-07"), on("2020-01-01")], NOW);
  assert.equal(weeks.length, 13);
  assert.deepEqual(weeks.map(({ count }) => count).slice(-3), [0, 4, 4]);
  assert.equal(weeks[0]?.count, 1);
  assert.equal(new Date(weeks[12]?.from ?? 0).toISOString(), "2026-05-30T00:00:00.000Z");
});

test("an axis ends at a round number at or above what it shows", () => {
  assert.deepEqual([0, 1, 2, 3, 5, 9, 10, 11, 37, 400].map((most) => ceiling(most, true)), [2, 2, 2, 4, 5, 10, 10, 20, 40, 400]);
  assert.deepEqual([0, 6815, 20445].map((most) => ceiling(most, false)), [1, 10_000, 40_000]);
});

test("the period before has as many days and ends the day before", () => {
  assert.deepEqual(periodBefore({ from: "2026-06-01", to: "2026-06-30" }), { from: "2026-05-02", to: "2026-05-31" });
  assert.deepEqual(periodBefore({ from: "2026-03-01", to: "2026-03-01" }), { from: "2026-02-28", to: "2026-02-28" });
});

test("a change is a share of what was; from nothing it has none", () => {
  assert.equal(change(120, 100, "same", "en"), "+20%");
  assert.equal(change(80, 100, "same", "en"), "-20%");
  assert.equal(change(5, 5, "same", "en"), "same");
  assert.equal(change(5, 0, "same", "en"), "+");
});

test("a period has the sum of its days, and of active customers their mean, as far as they are counted", () => {
  const days = (/** @type {(number | null)[]} */ ...counts) => counts.map((active_customers) => ({ active_customers }));
  const stats = { period: { visits: 9, new_customers: null }, days: days(null, 3, 4, 0, 3) };
  assert.equal(ofPeriod(stats, "visits"), 9);
  assert.equal(ofPeriod(stats, "new_customers"), null);
  assert.equal(ofPeriod(stats, "active_customers"), 2.5);
  assert.equal(ofPeriod({ ...stats, days: days(1, 1, 0) }, "active_customers"), 0.7);
  assert.equal(ofPeriod({ ...stats, days: days(null, null) }, "active_customers"), null);
});

test("the CSV has exact decimals of the currency, and a gap for what is not counted", () => {
  const days = [{ date: "2026-06-04", visits: 412, spend_minor: 1450805, refunds: 2, refunded_minor: 5, new_customers: null, active_customers: 385 }, { date: "2026-06-05", visits: 0, spend_minor: 0, refunds: 0, refunded_minor: 0, new_customers: 1, active_customers: null }];
  assert.equal(csv({ currency: "KWD", days }), "date,visits,spend,new_customers,active_customers,refunded,currency\r\n2026-06-04,412,1450.805,,385,0.005,KWD\r\n2026-06-05,0,0.000,1,,0.000,KWD\r\n");
});
