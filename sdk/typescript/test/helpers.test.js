import assert from "node:assert/strict";
import { test } from "node:test";

import { maskPhone, Money, normalisePhone, PhoneError } from "../src/index.js";

test("money has its currency's digits", () => {
  assert.equal(String(new Money(12500, "QAR")), "QAR 125.00");
  assert.equal(String(new Money(-5, "QAR")), "QAR -0.05");
  assert.equal(String(new Money(1234567, "KWD")), "KWD 1,234.567");
  assert.equal(String(new Money(-123456789, "QAR")), "QAR -1,234,567.89");
  assert.equal(String(new Money(99999, "QAR")), "QAR 999.99");
  assert.equal(String(new Money(1500, "IQD")), "IQD 1.500");
  assert.equal(String(new Money(12500, "JPY")), "JPY 12,500");
  assert.equal(new Money(12500, "QAR").format("en-QA").replace(/\s/g, " "), "QAR 125.00");
  assert.match(new Money(12500, "QAR").format("ar-EG"), /١٢٥٫٠٠/);
  assert.match(new Money(9007199254740991, "KWD").format("en"), /9,007,199,254,740\.991/);
});

test("money is whole and does not mix currencies", () => {
  assert.throws(() => new Money(1.5, "QAR"), TypeError);
  assert.throws(() => new Money(1, "qar"), TypeError);
  assert.equal(new Money(1, "QAR").plus(new Money(2, "QAR")).minor, 3);
  assert.throws(() => new Money(1, "QAR").plus(new Money(1, "KWD")), TypeError);
});

test("a phone has one spelling", () => {
  for (const typed of ["+974 3300-1122", "00974 3300 1122", "(+974) 33.00.11.22", "٠٠٩٧٤٣٣٠٠١١٢٢", "＋９７４３３００１１２２", " +97433001122\u00a0"]) {
    assert.equal(normalisePhone(typed), "+97433001122");
  }
  assert.equal(normalisePhone("٣٣٠٠ ١١٢٢"), "33001122");
  assert.equal(normalisePhone("𝟛𝟛𝟘𝟘𝟏𝟏𝟐𝟐"), "33001122");
  assert.equal(maskPhone("+97433001122"), "+•••••••••22");
});

test("what is no phone is refused without quoting it", () => {
  for (const typed of ["", "hello", "+974\u200e33001122", "33001122 ext 4", "12+34567", "1".repeat(16)]) {
    assert.throws(() => normalisePhone(typed), (error) => error instanceof PhoneError && !error.message.includes(typed || "\0"));
  }
});
