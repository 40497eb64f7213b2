export class Money {
    /**
     * @param {number} minor
     * @param {string} currency ISO 4217, such as "QAR"
     */
    constructor(minor: number, currency: string);
    minor: number;
    currency: string;
    /** Digits after the point. */
    get digits(): number;
    /** The amount in major units as a plain decimal number, such as "125.00". */
    toDecimal(): string;
    /**
     * For a reader, with the locale's digits and order.
     * @param {string} [locale] such as "ar-QA"
     * @param {"symbol" | "narrowSymbol" | "code" | "name"} [display] how the currency is written; its symbol unless told
     */
    format(locale?: string, display?: "symbol" | "narrowSymbol" | "code" | "name"): string;
    /** @param {Money} other of the same currency */
    plus(other: Money): Money;
    toString(): string;
}
