export class Tokens {
    /** @param {() => string | Promise<string>} ask gives a token that was issued just now, or one that still lives */
    constructor(ask: () => string | Promise<string>);
    /**
     * A token that lives for a few seconds more. One that ends soon is renewed meanwhile, so that no lookup waits for it.
     * @param {string} [refused] a token that the service has just refused
     * @returns {Promise<string>}
     */
    get(refused?: string): Promise<string>;
    #private;
}
