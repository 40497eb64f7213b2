/** Every language says everything. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { filled, wordsOf } from "../../pages/panel/words.js";
import { LANGUAGES as CONSOLE } from "../../pages/console/words.js";
import { LANGUAGES as REFERENCE } from "../../pages/reference/words.js";
import { LANGUAGES as TILL } from "../../pages/till/words.js";

/** @param {string} text */
const holes = (text) => [...text.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name).toSorted();

/** @type {[string, Record<string, Record<string, unknown>>][]} */
const every = [
  ["panel", { en: wordsOf("en"), ar: wordsOf("ar") }],
  ["till", TILL],
  ["console", CONSOLE],
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
