/** Money, digits and instants, as a reader sees them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, asciiDigits, day, directionOf, localeOf, money, visible } from "../../pages/shared/format.js";

/** @param {string} text without the spaces and marks that only place it */
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/gu, " ").replaceAll(/[\u200e\u200f\u061c]/gu, "");

test("money has its currency's decimals by ISO 4217, whatever the browser's table says", () => {
  assert.equal(plain(money(12500, "QAR", "en")), "QAR 125.00");
  assert.equal(plain(money(12500, "KWD", "en")), "KWD 12.500");
  assert.equal(plain(money(12500, "IQD", "en")), "IQD 12.500");
  assert.equal(plain(money(12500, "JPY", "en")), "JPY 12,500");
  assert.equal(plain(money(12500, "CLF", "en")), "CLF 1.2500");
});

test("less than one unit keeps its zeros, and a debt its sign", () => {
  assert.equal(plain(money(5, "QAR", "en")), "QAR 0.05");
  assert.equal(plain(money(0, "BHD", "en")), "BHD 0.000");
  assert.equal(plain(money(-1999, "QAR", "en")), "-QAR 19.99");
});

test("an amount that no float could hold to the cent is exact", () => {
  assert.equal(plain(money(Number.MAX_SAFE_INTEGER, "QAR", "en")), "QAR 90,071,992,547,409.91");
});

test("an Arabic reader gets Arabic digits, unless the language asks for others", () => {
  assert.match(money(12500, "QAR", localeOf("ar")), /١٢٥٫٠٠/u);
  assert.match(money(12500, "QAR", localeOf("ar-QA")), /١٢٥٫٠٠/u);
  assert.match(money(12500, "QAR", localeOf("ar-u-nu-latn")), /125\.00/u);
  assert.equal(directionOf("ar-QA"), "rtl");
  assert.equal(directionOf("en"), "ltr");
});

test("a tag that is no language reads as English", () => {
  assert.equal(localeOf("not a language"), "en");
  assert.equal(localeOf(""), "en");
});

test("days are Gregorian, as the enterprise's are", () => {
  assert.equal(day("2026-06-01T19:42:00Z", "en", "UTC"), "Jun 1, 2026");
  assert.match(day("2026-06-01T19:42:00Z", localeOf("ar-SA"), "UTC"), /٢٠٢٦/u);
  assert.equal(day(null, "en"), "");
});

test("how long ago, in the largest unit that fits", () => {
  const now = Date.parse("2026-06-05T09:10:00Z");
  assert.equal(ago("2026-06-05T08:00:00Z", "en", now), "today");
  assert.equal(ago("2026-06-01T08:00:00Z", "en", now), "4 days ago");
  assert.equal(ago("2025-11-01T08:00:00Z", "en", now), "7 months ago");
  assert.equal(ago("2020-06-01T08:00:00Z", "en", now), "6 years ago");
});

test("digits of Arabic and Persian keyboards are what the API gets as ASCII", () => {
  assert.equal(asciiDigits("+٩٧٤ ٣٣٠٠۱۱۲۲"), "+974 33001122");
});

test("control characters are seen", () => {
  assert.equal(visible("a\u0000b\nc"), "a\ufffdb\ufffdc");
});
