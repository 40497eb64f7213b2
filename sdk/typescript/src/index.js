/** A till's client of Customers & Identification. */

export { TillClient } from "./client.js";
export * from "./errors.js";
export { Journal, JournalKeyError } from "./journal.js";
export { LookupClient } from "./lookup.js";
export { Money } from "./money.js";
export { maskPhone, normalisePhone, PhoneError } from "./phone.js";
export { Recorder } from "./recorder.js";

/**
 * @template T
 * @typedef {import("./http.js").Answer<T>} Answer
 */
/** @typedef {import("./lookup.js").LookupAnswer} LookupAnswer */
/** @typedef {import("./lookup.js").LookupOptions} LookupOptions */
/** @typedef {import("./journal.js").Entry} Entry */
/** @typedef {import("./recorder.js").Flushed} Flushed */
/** @typedef {import("./types.d.ts").Customer} Customer */
/** @typedef {import("./types.d.ts").CustomerContext} CustomerContext */
/** @typedef {import("./types.d.ts").EventBody} EventBody */
/** @typedef {import("./types.d.ts").EventData} EventData */
/** @typedef {import("./types.d.ts").LookupData} LookupData */
/** @typedef {import("./types.d.ts").SessionContext} SessionContext */
/** @typedef {import("./types.d.ts").SessionData} SessionData */
/** @typedef {import("./types.d.ts").UnclaimedCashback} UnclaimedCashback */
