/**
 * @param {Uint8Array<ArrayBuffer> | CryptoKey} [given] 32 bytes, or a key that may not even be exportable
 * @returns {Promise<Seal>}
 */
export function sealOf(given?: Uint8Array<ArrayBuffer> | CryptoKey): Promise<Seal>;
/**
 * `place` ties a content to its row.
 */
export type Seal = {
    close: (value: unknown, place: string) => Promise<unknown>;
    open: (stored: any, place: string) => Promise<unknown>;
};
