/** Who is signed in, by the claims of the token. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { claimsOf } from "../../pages/shared/login.js";

test("claims are read as UTF-8, and a token that is none has none", () => {
  const payload = Buffer.from(JSON.stringify({ username: "ليلى", permissions: ["a"] })).toString("base64url");
  assert.deepEqual(claimsOf(`x.${payload}.y`), { username: "ليلى", permissions: ["a"] });
  assert.deepEqual(claimsOf("opaque"), {});
  assert.deepEqual(claimsOf(""), {});
});
