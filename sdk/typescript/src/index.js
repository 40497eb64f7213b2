/** A till's client of Customers & Identification. */

export { TillClient } from "./client.js";
export * from "./errors.js";
export { Journal, JournalKeyError } from "./journal.js";
export { LookupClient } from "./lookup.js";
export { Money } from "./money.js";
export { maskPhone, normalisePhone, PhoneError } from "./phone.js";
export { Recorder } from "./recorder.js";
