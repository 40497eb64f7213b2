/** A receipt is verified with the published key, or it is not. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { verified } from "../../pages/console/receipt.js";

const RECEIPT = { type: "erasure-receipt", version: 1, stores: { records: { removed: { count: 3 } } }, name: "ü" };
/** @type {CryptoKeyPair} */
let pair;
/** @type {any} */
let key;

/** @param {Uint8Array} bytes */
const encoded = (bytes) => Buffer.from(bytes).toString("base64url");

/** @param {unknown} receipt @param {unknown} [header] */
async function signed(receipt, header = { alg: "ES256", kid: "key-1" }) {
  const content = [header, receipt].map((each) => encoded(new TextEncoder().encode(JSON.stringify(each)))).join(".");
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, new TextEncoder().encode(content));
  return `${content}.${encoded(new Uint8Array(signature))}`;
}

before(async () => {
  pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  key = { ...(await crypto.subtle.exportKey("jwk", pair.publicKey)), kid: "key-1", alg: "ES256", use: "sig" };
});

test("what the key has signed, and the readable part says, is verified by its name", async () => {
  assert.equal(await verified(await signed(RECEIPT), RECEIPT, [key]), "key-1");
  assert.equal(await verified(await signed(RECEIPT), { name: "ü", stores: RECEIPT.stores, version: 1, type: RECEIPT.type }, [key]), "key-1");
});

test("a readable part that says something else is not", async () => {
  assert.equal(await verified(await signed(RECEIPT), { ...RECEIPT, version: 2 }, [key]), null);
});

test("a changed content, another key, an unknown name and another algorithm are not", async () => {
  const [header = "", payload = "", signature = ""] = (await signed(RECEIPT)).split(".");
  const other = encoded(new TextEncoder().encode(JSON.stringify({ ...RECEIPT, version: 9 })));
  assert.equal(await verified(`${header}.${other}.${signature}`, { ...RECEIPT, version: 9 }, [key]), null);
  const stranger = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const wrong = { ...(await crypto.subtle.exportKey("jwk", stranger.publicKey)), kid: "key-1" };
  assert.equal(await verified(`${header}.${payload}.${signature}`, RECEIPT, [/** @type {any} */ (wrong)]), null);
  assert.equal(await verified(await signed(RECEIPT, { alg: "ES256", kid: "key-2" }), RECEIPT, [key]), null);
  assert.equal(await verified(await signed(RECEIPT, { alg: "none", kid: "key-1" }), RECEIPT, [key]), null);
  assert.equal(await verified("not a receipt", RECEIPT, [key]), null);
});
