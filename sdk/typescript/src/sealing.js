/** Encrypts what a journal holds, with a key of the host's, by AES-256-GCM. */

/**
 * `place` ties a content to its row.
 * @typedef {object} Seal
 * @property {(value: unknown, place: string) => Promise<unknown>} close
 * @property {(stored: any, place: string) => Promise<unknown>} open
 */

/** @type {Seal} */
const PLAIN = {
  close: async (value) => ({ plain: value }),
  open: async (stored) => {
    if (!("plain" in stored)) throw new TypeError("it is encrypted");
    return stored.plain;
  },
};

/**
 * @param {Uint8Array<ArrayBuffer> | CryptoKey} [given] 32 bytes, or a key that may not even be exportable
 * @returns {Promise<Seal>}
 */
export async function sealOf(given) {
  if (given === undefined) return PLAIN;
  if (given instanceof Uint8Array && given.length !== 32) throw new RangeError("the key must have 32 bytes");
  const subtle = crypto.subtle;
  const key = given instanceof Uint8Array ? await subtle.importKey("raw", given, "AES-GCM", false, ["encrypt", "decrypt"]) : given;
  const text = new TextEncoder();
  return {
    close: async (value, place) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const additionalData = text.encode(place);
      return { iv, sealed: await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, text.encode(JSON.stringify(value))) };
    },
    open: async ({ iv, sealed }, place) => {
      const opened = await subtle.decrypt({ name: "AES-GCM", iv, additionalData: text.encode(place) }, key, sealed);
      return JSON.parse(new TextDecoder().decode(opened));
    },
  };
}
