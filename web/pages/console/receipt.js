/** Verify an erasure receipt, here in the browser, with the key that the API publishes. */

/**
 * @typedef {{ kid: string, kty: string, crv: string, x: string, y: string }} PublicKey
 */

/**
 * @param {string} signed a JSON Web Signature (ES256) in compact form
 * @param {unknown} receipt the readable part, which must be the signed one
 * @param {PublicKey[]} keys as published
 * @returns {Promise<string | null>} the key's name, or null if anything does not fit
 */
export async function verified(signed, receipt, keys) {
  const [header = "", payload = "", signature = ""] = signed.split(".");
  try {
    const { alg, kid } = JSON.parse(text(header));
    const key = keys.find((each) => each.kid === kid);
    if (alg !== "ES256" || !key) return null;
    const { kty, crv, x, y } = key;
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const imported = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, curve, false, ["verify"]);
    const content = new TextEncoder().encode(`${header}.${payload}`);
    const holds = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, bytes(signature), content);
    return holds && canonical(JSON.parse(text(payload))) === canonical(receipt) ? kid : null;
  } catch {
    return null;
  }
}

/** @param {unknown} value @returns {string} the same for the same content, whatever the order of its keys */
function canonical(value) {
  return JSON.stringify(value, (_key, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner,
  );
}

/** @param {string} base64url */
function bytes(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
}

/** @param {string} base64url */
function text(base64url) {
  return new TextDecoder().decode(bytes(base64url));
}
