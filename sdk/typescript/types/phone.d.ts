/**
 * One spelling for what a person typed: digits of any script become ASCII, separators go, a leading `00` becomes `+`.
 * A number without country code stays national, such as "33001122"; the service expands it by the enterprise's region.
 * @param {string} typed
 * @returns {string}
 */
export function normalisePhone(typed: string): string;
/**
 * For a screen or a log where the whole number must not appear: the last two digits remain.
 * @param {string} phone
 */
export function maskPhone(phone: string): string;
/** Phones as people type them. The service has the last word: it knows the home region and each country's plan. */
/** The text is not a phone number. It does not quote the text. */
export class PhoneError extends Error {
    /** @param {string} message */
    constructor(message: string);
}
