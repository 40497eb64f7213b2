/** Every language says everything. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { filled, wordsOf } from "../../pages/panel/words.js";
import { LANGUAGES as CONSOLE } from "../../pages/console/words.js";
import { REFUSALS } from "../../pages/console/refusal-words.js";
import { ISSUES } from "../../pages/console/refusals.js";
import { LANGUAGES as REFERENCE } from "../../pages/reference/words.js";
import { LANGUAGES as TILL } from "../../pages/till/words.js";

/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name).toSorted();

/** @type {[string, Record<string, Record<string, unknown>>][]} */
const every = [
  ["panel", { en: wordsOf("en"), ar: wordsOf("ar") }],
  ["till", TILL],
  ["console", CONSOLE],
  ["refusals", REFUSALS],
  ["reference", REFERENCE],
];

for (const [page, languages] of every) {
  test(`the ${page}'s texts have the same keys and holes in each language, and none is empty or left in English`, () => {
    const { en = {}, ...others } = languages;
    for (const words of Object.values(others)) {
      assert.deepEqual(Object.keys(words).toSorted(), Object.keys(en).toSorted());
      for (const [key, text] of Object.entries(words)) {
        const [mine, english] = [String(text), String(en[key])];
        assert.ok(mine && english, key);
        assert.deepEqual(holes(mine), holes(english), key);
        assert.ok(key === "language" || mine !== english, key);
      }
    }
  });
}

test("every issue that the console explains is one that the API's sources have, and has its words", () => {
  const root = new URL("../../../", import.meta.url);
  const files = ["layers/common/python/customers/", "functions/"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true }).map(String).filter((path) => path.endsWith(".py")).map((path) => new URL(folder + path, root)),
  );
  const sources = files.map((file) => readFileSync(file, "utf8")).join("\n");
  for (const [part, key] of ISSUES) {
    assert.ok(sources.includes(part), `no source says: ${part}`);
    assert.ok(`issue_${key}` in (REFUSALS.en ?? {}), key);
  }
  const explained = new Set(ISSUES.map(([, key]) => `issue_${key}`));
  for (const key of Object.keys(REFUSALS.en ?? {})) assert.ok(!key.startsWith("issue_") || explained.has(key), key);
});

test("an unknown language is English, a regional one its language", () => {
  assert.equal(wordsOf("fr"), wordsOf("en"));
  assert.equal(wordsOf("ar-QA"), wordsOf("ar"));
});

test("a hole without a value stays as it is", () => {
  assert.equal(filled("until {day} {x}", { day: "Monday" }), "until Monday {x}");
});

test("style sheets know no left and no right", () => {
  const pages = new URL("../../pages/", import.meta.url);
  const sheets = readdirSync(pages, { recursive: true }).map(String).filter((path) => /\.css$|styles\.js$/u.test(path) && !path.includes("library"));
  for (const path of sheets) {
    const text = readFileSync(new URL(path, pages), "utf8");
    const physical = text.match(/(?:^|[\s;{-])(?:margin|padding|border)?-?(?:left|right)\s*:|text-align:\s*(?:left|right)/mu);
    assert.equal(physical, null, `${path}: ${physical?.[0]}`);
  }
});
