/** The panel's budget: all that an embedding page loads for it. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const MOST = 15 * 1024;
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const ENTRY = new URL("../../pages/panel/customer-panel.js", import.meta.url);

/** What is served of a module: `commands/pages.py` takes the comments out. @param {URL} file */
function served(file) {
  const program = "import sys; from pathlib import Path; from commands.pages import content; sys.stdout.buffer.write(content(Path(sys.argv[1])))";
  return execFileSync("python3", ["-c", program, fileURLToPath(file)], { cwd: ROOT, encoding: "utf8" });
}

/** @param {URL} entry @returns {Map<string, string>} what is served by address, the entry's imports included */
function loaded(entry) {
  const found = new Map();
  const waiting = [entry];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (found.has(next.href)) continue;
    const source = served(next);
    found.set(next.href, source);
    for (const [, path] of source.matchAll(/^import .*?"(\..+?)";$/gmu)) waiting.push(new URL(path ?? "", next));
  }
  return found;
}

test("the panel is at most 15 KB gzipped, all its modules together", () => {
  const files = loaded(ENTRY);
  assert.ok(files.size >= 7, "the panel's modules were not all found");
  const bytes = [...files.values()].reduce((sum, source) => sum + gzipSync(source, { level: 9 }).length, 0);
  console.log(`customer-panel: ${files.size} modules, ${bytes} bytes gzipped`);
  assert.ok(bytes <= MOST, `${bytes} bytes`);
});

test("the panel writes nowhere and says nothing", () => {
  for (const [path, source] of loaded(ENTRY)) {
    assert.doesNotMatch(source, /localStorage|sessionStorage|indexedDB|document\.cookie|history\.|console\./u, path);
  }
});
