/** What a browser loads: the panel's budget, and the bytes of each page. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const KB = 1024;
const MOST_OF_PANEL = 15 * KB;
/** Gzipped, with the library of the reference and without it for the others. @type {Record<string, number>} */
const MOST = { "till/index.html": 25 * KB, "console/index.html": 54 * KB, "reference/index.html": 240 * KB };
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** Files as they are served, by path below `pages`: `commands/pages.py` takes the comments out of modules. */
const SERVED = "import json; from commands.pages import *; print(json.dumps({str(each.relative_to(PAGES)): content(each).decode() for each in files()}))";
/** @type {Record<string, string>} */
const served = JSON.parse(execFileSync("python3", ["-c", SERVED], { cwd: ROOT, encoding: "utf8", maxBuffer: 64 * KB * KB }));

/** @param {string} entry @returns {string[]} the paths of the entry and all that it loads */
function loaded(entry) {
  /** @type {Set<string>} */
  const found = new Set();
  const waiting = [entry];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    const named = next.endsWith(".html") ? /(?:href|src)="([^"]+\.(?:js|css|svg))"/gu : /^import [^;]*?"(\..+?)";$/gmu;
    for (const [, path] of next.endsWith(".min.js") ? [] : (served[next] ?? "").matchAll(named)) waiting.push(new URL(path ?? "", `file:///${next}`).pathname.slice(1));
  }
  return [...found];
}

/** @param {string} entry */
function gzipped(entry) {
  const paths = loaded(entry);
  for (const path of paths) assert.ok(path in served, `${path} is not served`);
  return { files: paths.length, bytes: paths.reduce((sum, path) => sum + gzipSync(served[path] ?? "", { level: 9 }).length, 0) };
}

test("the panel is at most 15 KB gzipped, all its modules together", () => {
  const { files, bytes } = gzipped("panel/customer-panel.js");
  assert.ok(files >= 7, "the panel's modules were not all found");
  console.log(`customer-panel: ${files} modules, ${bytes} bytes gzipped`);
  assert.ok(bytes <= MOST_OF_PANEL, `${bytes} bytes`);
});

for (const [page, most] of Object.entries(MOST)) {
  test(`${page} keeps to its budget`, () => {
    const { files, bytes } = gzipped(page);
    console.log(`${page}: ${files} files, ${bytes} bytes gzipped`);
    assert.ok(bytes <= most, `${bytes} bytes`);
  });
}

test("the panel writes nowhere and says nothing", () => {
  for (const path of loaded("panel/customer-panel.js")) {
    assert.doesNotMatch(served[path] ?? "", /localStorage|sessionStorage|indexedDB|document\.cookie|history\.|console\./u, path);
  }
});
