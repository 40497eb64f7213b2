/** The reference's library: the copy that is served is the package that the lock file names, byte for byte. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const PAGE = new URL("../../pages/reference/", import.meta.url);
const PACKAGE = new URL("../../node_modules/openapi-explorer/", import.meta.url);

for (const [served, packed] of [["openapi-explorer.min.js", "dist/browser/openapi-explorer.min.js"], ["openapi-explorer.license.txt", "LICENSE"]]) {
  test(`${served} is the package's`, () => {
    assert.ok(readFileSync(new URL(served ?? "", PAGE)).equals(readFileSync(new URL(packed ?? "", PACKAGE))), `copy ${packed} of openapi-explorer to ${served}`);
  });
}
