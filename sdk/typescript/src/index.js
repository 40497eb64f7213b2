/** A till's client of Customers & Identification. */

export * from "./errors.js";
export { LookupClient } from "./lookup.js";
export { Money } from "./money.js";
export { maskPhone, normalisePhone, PhoneError } from "./phone.js";
