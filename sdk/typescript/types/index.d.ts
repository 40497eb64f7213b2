export { TillClient } from "./client.js";
export * from "./errors.js";
export { LookupClient } from "./lookup.js";
export { Money } from "./money.js";
export { Recorder } from "./recorder.js";
export { Journal, JournalKeyError } from "./journal.js";
export { maskPhone, normalisePhone, PhoneError } from "./phone.js";
