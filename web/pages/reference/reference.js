/** The API's reference: `/openapi` to browse, and on a sandbox to try. */

import { filled } from "../panel/words.js";
import { h } from "../shared/dom.js";
import { apply, choose, language } from "../shared/language.js";
import { fields, operations, request, typeOf } from "./document.js";
import { LANGUAGES } from "./words.js";

/**
 * @typedef {import("./document.js").Operation} Operation
 * @typedef {import("./document.js").Field} Field
 */

const DEADLINE = 30_000;

/** @param {string} address */
const json = async (address) => (await fetch(address, { cache: "no-store" })).json();

let lang = language();
const main = h("main", { id: "main", tabindex: "-1" });
/** For the requests that are tried: in memory only. */
let token = "";
/** @type {{ api: string, sandbox?: boolean, till?: { token: string } }} */
let config = { api: "/v1/partner" };
/** @type {any} */
let described = null;
/** @type {Operation[]} */
let listed = [];

await start();

function words() {
  return /** @type {import("./words.js").Words} */ (LANGUAGES[lang] ?? LANGUAGES.en);
}

async function start() {
  apply(lang);
  document.title = words().title;
  try {
    config = await json("/config.json");
    described = await json(`${config.api}/openapi?include=unmounted`);
    listed = operations(described);
  } catch {
    document.body.replaceChildren(h("main", null, h("h1", null, words().title), h("p", { class: "error", role: "alert" }, words().failed)));
    return;
  }
  addEventListener("hashchange", show);
  frame();
  show();
}

function frame() {
  const t = words();
  const tags = described.tags.map((/** @type {{ name: string }} */ { name }) => name);
  const again = () => {
    lang = lang === "ar" ? "en" : "ar";
    choose(lang);
    document.title = words().title;
    frame();
    show();
  };
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, t.skip),
    h("header", { class: "bar" }, h("span", { class: "brand" }, t.title), h("span", { class: "quiet small" }, filled(t.version, { version: described.info.version })), h("button", { type: "button", class: "bare", lang: lang === "ar" ? "en" : "ar", onclick: again }, t.language)),
    h("div", { class: "frame" }, h("nav", { "aria-label": t.title }, ...tags.map((/** @type {string} */ tag) => group(tag, listed.filter((each) => each.tag === tag)))), main),
  );
}

/** @param {string} tag @param {Operation[]} inside */
function group(tag, inside) {
  const links = inside.map((each) => h("li", null, h("a", { href: `#${each.id}` }, method(each), h("span", null, each.id))));
  return h("section", { dir: "ltr", lang: "en" }, h("h2", null, tag), h("ul", null, ...links));
}

/** @param {Operation} operation */
function method({ method: name }) {
  return h("span", { class: "method", "data-method": name }, name);
}

function show() {
  const wanted = listed.find(({ id }) => id === location.hash.slice(1)) ?? listed[0];
  if (!wanted) return;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${wanted.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren(page(wanted));
  scrollTo(0, 0);
}

/** @param {Operation} operation */
function page(operation) {
  const t = words();
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "stack", dir: "ltr", lang: "en" },
      h("h1", null, operation.summary),
      h("p", { class: "row" }, method(operation), h("code", null, operation.path), ...operation.audiences.map((each) => h("span", { class: "chip" }, each)), !operation.mounted && h("span", { class: "chip" }, t.notMounted)),
      h("div", { class: "prose" }, ...operation.description.split("\n\n").map((each) => h("p", null, ...marked(each)))),
    ),
    operation.parameters.length > 0 && h("section", { class: "card" }, h("h2", null, t.parameters), parameters(operation)),
    operation.body && h("section", { class: "card" }, h("h2", null, t.body), fieldTable(t.body, fields(described, operation.body.schema)), code(operation.body.example)),
    config.sandbox && operation.mounted ? trying(operation) : h("p", { class: "quiet" }, t.noTry),
    h("section", { class: "card" }, h("h2", null, t.answers), ...operation.responses.map(([status, each]) => answer(status, each))),
  );
}

/** Text between backticks is code; the rest is text. @param {string} text */
function marked(text) {
  return text.split("`").map((part, place) => (place % 2 ? h("code", null, part) : part));
}

/** @param {Operation} operation */
function parameters({ parameters: all }) {
  const t = words();
  const rows = all.map((each) =>
    h("tr", null, h("td", null, h("code", null, each.name), each.required && h("div", { class: "small" }, t.required)), h("td", null, each.in), h("td", null, h("span", { class: "small" }, typeOf(described, each.schema))), h("td", null, ...marked(each.description ?? ""))),
  );
  return table(t.parameters, [t.name, t.place, t.type, t.meaning], rows);
}

/** @param {string} caption @param {Field[]} all @returns {HTMLElement | null} */
function fieldTable(caption, all) {
  const t = words();
  if (all.length === 0) return null;
  const rows = all.map((each) =>
    h(
      "tr",
      null,
      h("td", null, h("code", null, each.name), each.required && h("div", { class: "small" }, t.required)),
      h("td", null, h("span", { class: "small" }, each.type)),
      h("td", null, ...marked(each.description), each.inner.length > 0 && h("details", null, h("summary", null, each.name), h("div", { class: "nested" }, fieldTable(each.name, each.inner)))),
    ),
  );
  return table(caption, [t.field, t.type, t.meaning], rows);
}

/** @param {string} caption @param {string[]} heads @param {HTMLElement[]} rows */
function table(caption, heads, rows) {
  const head = h("tr", null, ...heads.map((each) => h("th", { scope: "col" }, each)));
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption, dir: "ltr" }, h("table", null, h("caption", { class: "unseen" }, caption), h("thead", null, head), h("tbody", null, ...rows)));
}

/** @param {unknown} value @returns {HTMLElement | null} */
function code(value) {
  if (value === undefined) return null;
  return h("pre", { tabindex: "0", dir: "ltr", lang: "en", "aria-label": words().example, role: "group" }, JSON.stringify(value, null, 2));
}

/** @param {string} status @param {any} of */
function answer(status, of) {
  const content = of.content?.["application/json"];
  return h(
    "details",
    { open: status.startsWith("2"), dir: "ltr", lang: "en" },
    h("summary", null, h("strong", null, status), h("span", null, of.description)),
    h("div", { class: "stack" }, content && fieldTable(status, fields(described, content.schema)), content && code(content.example)),
  );
}

/** @param {Operation} operation */
function trying(operation) {
  const t = words();
  const inputs = operation.parameters.map((each) => ({ ...each, input: h("input", { id: `p-${each.name}`, dir: "ltr", autocomplete: "off", value: proposed(each), required: each.required }) }));
  const secret = h("input", { id: "token", type: "password", dir: "ltr", autocomplete: "off", value: token, "aria-describedby": "token-hint", oninput: () => (token = secret.value.trim()) });
  const till = config.till && operation.audiences.includes("pos-terminal") && h("button", { type: "button", onclick: () => void tillToken(secret) }, t.tillToken);
  const body = operation.body && h("textarea", { id: "body", dir: "ltr", spellcheck: "false" });
  if (body) body.value = JSON.stringify(operation.body.example ?? {}, null, 2);
  const shown = h("div", { class: "answer", role: "status" });
  const send = h("button", { class: "main" }, t.send);
  const submit = async () => {
    if (send.getAttribute("aria-busy")) return;
    send.setAttribute("aria-busy", "true");
    shown.replaceChildren(...(await sent(operation, Object.fromEntries(inputs.map(({ name, input }) => [name, input.value])), body?.value)));
    send.removeAttribute("aria-busy");
  };
  return h(
    "form",
    { class: "card", onsubmit: (event) => { event.preventDefault(); void submit(); } },
    h("div", null, h("h2", null, t.tryIt), h("p", { class: "quiet small" }, t.tryHint)),
    operation.audiences.length > 0 && h("div", null, h("label", { for: "token" }, t.token), secret, h("p", { class: "hint", id: "token-hint" }, t.tokenHint), till),
    inputs.length > 0 && h("div", { class: "fields" }, ...inputs.map(({ name, input }) => h("div", null, h("label", { for: `p-${name}` }, name), input))),
    body && h("div", null, h("label", { for: "body" }, t.body), body),
    h("div", null, send),
    shown,
  );
}

/** A new key for each request; examples for what must be there. @param {any} parameter */
function proposed({ name, required, example }) {
  if (name === "Idempotency-Key") return crypto.randomUUID();
  return required ? (example ?? "") : "";
}

/** @param {HTMLInputElement} input */
async function tillToken(input) {
  const answer = await fetch(config.till?.token ?? "", { method: "POST", headers: { "X-Demo": "till" }, cache: "no-store" });
  ({ token } = await answer.json());
  input.value = token;
}

/** @param {Operation} operation @param {Record<string, string>} values @param {string} [body] @returns {Promise<Node[]>} */
async function sent(operation, values, body) {
  const { path, headers } = request(operation, values);
  const began = performance.now();
  try {
    const answer = await fetch(config.api + path, {
      method: operation.method,
      headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }), ...(body !== undefined && { "Content-Type": "application/json" }) },
      body: body ?? null,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(DEADLINE),
    });
    const text = await answer.text();
    return [h("p", null, h("strong", null, filled(words().took, { status: String(answer.status), time: String(Math.round(performance.now() - began)) }))), shownText(text)];
  } catch {
    return [h("p", { class: "error" }, words().noAnswer)];
  }
}

/** @param {string} text */
function shownText(text) {
  try {
    return code(JSON.parse(text)) ?? document.createTextNode("");
  } catch {
    return h("pre", { tabindex: "0", dir: "ltr", role: "group", "aria-label": words().answers }, text);
  }
}
