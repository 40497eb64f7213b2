/** The API's reference: `/openapi` in OpenAPI Explorer, and on a sandbox to try. */

import { h } from "../shared/dom.js";
import { apply, choose, language } from "../shared/language.js";
import { LOOK } from "./look.js";
import { LANGUAGES } from "./words.js";

/**
 * @typedef {HTMLElement & { loadSpec(document: unknown): Promise<void>,
 *   setAuthenticationConfiguration(scheme: string, given: { token: string }): Promise<void> }} Explorer
 */

/** @param {string} address */
const json = async (address) => (await fetch(address, { cache: "no-store" })).json();

let lang = language();
/** @type {{ api: string, sandbox?: boolean, till?: { token: string } }} */
let config = { api: "/v1/partner" };
const bar = h("header", { class: "bar" });
const place = h("div", { dir: "ltr", lang: "en" });

await start();

function words() {
  return /** @type {import("./words.js").Words} */ (LANGUAGES[lang] ?? LANGUAGES.en);
}

async function start() {
  apply(lang);
  document.title = words().title;
  document.body.replaceChildren(bar, place);
  try {
    config = await json("/config.json");
    const described = await json(`${config.api}/openapi?include=unmounted`);
    const explorer = built(Boolean(config.sandbox));
    place.replaceWith(explorer);
    await explorer.loadSpec(marked(described));
    head(explorer, Object.keys(described.components.securitySchemes)[0] ?? "");
  } catch {
    document.body.replaceChildren(h("main", null, h("h1", null, words().title), h("p", { class: "problem", role: "alert" }, words().failed)));
  }
}

/** @param {boolean} sandbox whether requests may be tried @returns {Explorer} */
function built(sandbox) {
  const explorer = /** @type {Explorer} */ (document.createElement("openapi-explorer"));
  const options = { dir: "ltr", lang: "en", language: "en", "hide-server-selection": "", "hide-components": "", "fetch-credentials": "omit", ...(!sandbox && { "hide-console": "" }) };
  for (const [name, value] of Object.entries(options)) explorer.setAttribute(name, value);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  // Its own sheets are there once it stands in the page.
  queueMicrotask(() => explorer.shadowRoot?.adoptedStyleSheets.push(sheet));
  return explorer;
}

/** Requests go to the page's own origin, and what this environment does not answer says so. @param {any} described */
function marked(described) {
  described.servers = [{ url: new URL(config.api, location.href).href }];
  for (const each of Object.values(described.paths).flatMap((path) => Object.values(/** @type {any} */ (path))))
    if (each["x-mounted"] === false) each.description = `**Not mounted in this environment.** ${each.description}`;
  return described;
}

/** @param {Explorer} explorer @param {string} scheme */
function head(explorer, scheme) {
  const t = words();
  const again = () => {
    lang = lang === "ar" ? "en" : "ar";
    choose(lang);
    document.title = words().title;
    head(explorer, scheme);
  };
  bar.replaceChildren(
    h("h1", null, t.title),
    h("p", { class: "quiet small" }, config.sandbox ? t.tryHint : t.noTry),
    config.till ? h("button", { type: "button", onclick: () => void tillToken(explorer, scheme) }, t.tillToken) : "",
    h("button", { type: "button", class: "bare", lang: lang === "ar" ? "en" : "ar", onclick: again }, t.language),
    h("span", { class: "unseen", role: "status", id: "told" }),
  );
}

/** It stays in the page's memory. @param {Explorer} explorer @param {string} scheme */
async function tillToken(explorer, scheme) {
  const answer = await fetch(config.till?.token ?? "", { method: "POST", headers: { "X-Demo": "till" }, cache: "no-store" });
  await explorer.setAuthenticationConfiguration(scheme, await answer.json());
  const told = document.getElementById("told");
  if (told) told.textContent = words().tokenUsed;
}
