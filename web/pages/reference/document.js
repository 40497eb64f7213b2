/** Read an OpenAPI 3.1 document: its operations in order, references resolved, types in words. */

/**
 * @typedef {{ [name: string]: any }} Schema
 * @typedef {{ id: string, method: string, path: string, tag: string, summary: string, description: string, mounted: boolean,
 *   audiences: string[], parameters: any[], body: any, responses: [string, any][] }} Operation
 * @typedef {{ name: string, type: string, required: boolean, description: string, inner: Field[] }} Field
 */

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEEPEST = 4;

/** @param {any} document @param {any} value an object, or a reference to one */
export function resolved(document, value) {
  let found = value;
  for (let steps = 0; found?.$ref && steps < 10; steps += 1) {
    found = found.$ref.slice(2).split("/").reduce((/** @type {any} */ at, /** @type {string} */ name) => at?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], document);
  }
  return found;
}

/** @param {any} document @returns {Operation[]} */
export function operations(document) {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => operation(document, path, method, item[method])),
  );
}

/** @param {any} document @param {string} path @param {string} method @param {any} of @returns {Operation} */
function operation(document, path, method, of) {
  return {
    id: of.operationId,
    method: method.toUpperCase(),
    path,
    tag: of.tags?.[0] ?? "",
    summary: of.summary ?? of.operationId,
    description: of.description ?? "",
    mounted: of["x-mounted"] !== false,
    audiences: of["x-audiences"] ?? [],
    parameters: (of.parameters ?? []).map((/** @type {any} */ each) => resolved(document, each)),
    body: resolved(document, of.requestBody)?.content?.["application/json"] ?? null,
    responses: Object.entries(of.responses).map(([status, each]) => [status, resolved(document, each)]),
  };
}

/** @param {any} document @param {Schema} schema @param {number} [depth] @returns {Field[]} of an object, or of a list's objects */
export function fields(document, schema, depth = 0) {
  const of = objectOf(document, schema);
  if (!of?.properties || depth > DEEPEST) return [];
  return Object.entries(of.properties).map(([name, each]) => ({
    name,
    type: typeOf(document, each),
    required: of.required?.includes(name) ?? false,
    description: resolved(document, each)?.description ?? "",
    inner: fields(document, each, depth + 1),
  }));
}

/** @param {any} document @param {Schema} schema @returns {any} */
function objectOf(document, schema) {
  const of = resolved(document, schema);
  const choice = of?.anyOf?.map((/** @type {any} */ each) => resolved(document, each)).find((/** @type {any} */ each) => each?.type !== "null");
  const found = choice ?? of;
  return found?.type === "array" ? objectOf(document, found.items) : found;
}

/** @param {any} document @param {Schema} schema @returns {string} such as `string`, `integer or null`, `list of object` */
export function typeOf(document, schema) {
  const of = resolved(document, schema) ?? {};
  if (of.anyOf) return of.anyOf.map((/** @type {any} */ each) => typeOf(document, each)).join(" or ");
  if (of.const !== undefined) return JSON.stringify(of.const);
  if (of.enum) return of.enum.map((/** @type {any} */ each) => JSON.stringify(each)).join(" · ");
  if (of.type === "array") return `list of ${typeOf(document, of.items)}`;
  const named = [of.type].flat().join(" or ") || "any";
  return of.format ? `${named} (${of.format})` : named;
}

/**
 * @param {Operation} operation
 * @param {Record<string, string>} values by parameter
 * @returns {{ path: string, headers: Record<string, string> }} an empty value is left out
 */
export function request(operation, values) {
  const given = operation.parameters.filter(({ name }) => (values[name] ?? "") !== "");
  const path = operation.path.replace(/\{(\w+)\}/gu, (_whole, name) => encodeURIComponent(values[name] ?? ""));
  const query = new URLSearchParams(given.filter((each) => each.in === "query").map(({ name }) => [name, values[name] ?? ""]));
  const headers = Object.fromEntries(given.filter((each) => each.in === "header").map(({ name }) => [name, values[name] ?? ""]));
  return { path: `${path}${query.size ? `?${query}` : ""}`, headers };
}
