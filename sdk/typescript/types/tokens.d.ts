export class Tokens {
    /** @param {TokenOf} ask */
    constructor(ask: TokenOf);
    /**
     * A token that lives for a few seconds more. One that ends soon is renewed meanwhile, so that no lookup waits for it.
     * @param {string} [refused] a token that the service has just refused
     * @returns {Promise<string>}
     */
    get(refused?: string): Promise<string>;
    #private;
}
/**
 * Gives a token that was issued just now, or one that still lives. `refused` is true after the service has refused the
 * last one: then the same token again is of no use.
 */
export type TokenOf = (refused: boolean) => string | Promise<string>;
