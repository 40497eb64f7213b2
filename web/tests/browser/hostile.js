/** Answers of the API in which every text that somebody wrote is hostile. */

/** Texts that break pages, by what they are. */
export const HOSTILE = { markup: "<img src=x onerror=alert(1)>", override: "\u202egnirts\u202c", long: "W".repeat(500), emoji: "👩🏽‍🚀".repeat(60), nulls: "a\u0000b" };
/** Where somebody's own words stand in an answer: a fact's, a caller's, a person's. */
const WRITTEN = new Set(["name", "phone", "grant_id", "provider_customer_ids", "provider_customer_id", "fact_id", "type", "reason", "source", "subject", "blockers", "preferences", "detail"]);
const MAPS = new Set(["preferences", "consent", "detail"]);

/** @param {any} value @param {string} evil @param {string} [key] @returns {any} the same with every such text replaced */
export function poisoned(value, evil, key = "") {
  if (typeof value === "string") return WRITTEN.has(key) ? evil : value;
  if (Array.isArray(value)) return value.map((each) => poisoned(each, evil, key));
  if (!value || typeof value !== "object") return value;
  const same = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, evil, name)]));
  return MAPS.has(key) ? { ...same, [evil]: key === "consent" ? true : evil, ...(key === "detail" && { nested: { [evil]: [evil] } }) } : same;
}

/** Lists that may be empty on this stack get a row. @param {any} data @param {string} evil */
export function filled(data, evil) {
  const at = "2026-06-01T08:00:00Z";
  const { provider_customer_ids: ids, grants } = data?.customer ?? {};
  first(data?.refused_facts, { type: evil, reason: `customer: ${evil}`, source: evil, fact_id: evil, refused_at: at });
  const evidence = ["same_name_phone_digit", "provider_id_moved", evil].map((kind) => ({ kind, phone: evil, provider_customer_id: evil }));
  first(data?.duplicates, { customer_id: "usr_1", name: evil, phone: evil, status: "registered", badge: "new", evidence });
  first(ids, evil);
  first(grants, { grant_id: evil, amount_minor: 1, currency: "QAR", granted_at: at, expires_at: null });
  return data;
}

/** A refusal in which everything is hostile. @param {string} evil */
export function refusal(evil) {
  return { ok: false, data: null, error: { code: "VALIDATION_ERROR", message: `name: ${evil}`, details: [{ field: evil, issue: evil }, { field: "phone", issue: `${evil} is missing` }] }, meta: { request_id: evil } };
}

/** @param {unknown[] | undefined} list @param {unknown} row */
function first(list, row) {
  if (list?.length === 0) list.push(row);
}
