/** The console: sign in, then the page that the address names. */

import { Api } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { localeOf } from "../shared/format.js";
import { apply, choose, language } from "../shared/language.js";
import { Session, SignInNeeded } from "../shared/login.js";
import { correctPage } from "./correct.js";
import { customerPage } from "./customer.js";
import { duplicatesPage } from "./duplicates.js";
import { erasePage } from "./erase.js";
import { erasurePage, erasuresPage } from "./erasures.js";
import { exportPage } from "./exporting.js";
import { figuresPage } from "./figures.js";
import { activityPage, refusedPage } from "./lists.js";
import { mergePage } from "./merge.js";
import { told } from "./parts.js";
import { searchPage } from "./search.js";
import { unmergePage } from "./unmerge.js";
import { LANGUAGES } from "./words.js";

/**
 * @typedef {import("./parts.js").Context} Context
 * @typedef {import("./words.js").Words} Words
 */

/** Set while somebody is signed in, so that a reload signs in again by itself. It says nothing of whom. */
const SIGNED_IN = "signed-in";

/** @type {{ path: string, permission: string, operation: string, name: keyof Words }[]} */
const NAVIGATION = [
  { path: "customers", operation: "search", permission: "customer:SEARCH", name: "navCustomers" },
  { path: "figures", operation: "stats", permission: "customer:STATS", name: "navFigures" },
  { path: "erasures", operation: "erasures", permission: "erasure:READ", name: "navErasures" },
  { path: "activity", operation: "activity", permission: "activity:READ", name: "navActivity" },
  { path: "refused", operation: "refused_facts", permission: "facts:READ", name: "navRefused" },
];

const CUSTOMER = "customers/(usr_[0-9A-Za-z]{1,60})";

/** The last is the page's title: what is done there, and never with whom. @type {[RegExp, string, (ctx: Context, ...parts: string[]) => HTMLElement, keyof Words][]} */
const ROUTES = [
  [/^customers$/u, "customer:SEARCH", searchPage, "navCustomers"],
  [new RegExp(`^${CUSTOMER}$`, "u"), "customer:CONTEXT", (ctx, id = "") => customerPage(ctx, id), "customer"],
  [new RegExp(`^${CUSTOMER}/correct$`, "u"), "customer:UPDATE", (ctx, id = "") => correctPage(ctx, id), "correct"],
  [new RegExp(`^${CUSTOMER}/duplicates$`, "u"), "customer:SEARCH", (ctx, id = "") => duplicatesPage(ctx, id), "duplicates"],
  [new RegExp(`^${CUSTOMER}/merge(?:/(usr_[0-9A-Za-z]{1,60}))?$`, "u"), "customer:MERGE", (ctx, id = "", other = "") => mergePage(ctx, id, other), "merge"],
  [new RegExp(`^${CUSTOMER}/unmerge/(usr_[0-9A-Za-z]{1,60})$`, "u"), "customer:MERGE", (ctx, id = "", freed = "") => unmergePage(ctx, id, freed), "unmerge"],
  [new RegExp(`^${CUSTOMER}/export$`, "u"), "customer:EXPORT", (ctx, id = "") => exportPage(ctx, id), "export"],
  [new RegExp(`^${CUSTOMER}/erase$`, "u"), "customer:DELETE", (ctx, id = "") => erasePage(ctx, id), "erase"],
  [/^erasures$/u, "erasure:READ", erasuresPage, "navErasures"],
  [/^erasures\/(era_[0-9a-f]{32})$/u, "erasure:READ", (ctx, id = "") => erasurePage(ctx, id), "erasureTitle"],
  [/^activity$/u, "activity:READ", activityPage, "navActivity"],
  [/^refused$/u, "facts:READ", refusedPage, "navRefused"],
  [/^figures(?:\/([A-Za-z0-9._:%-]{1,200}))?$/u, "customer:STATS", (ctx, branch = "") => figuresPage(ctx, decoded(branch)), "navFigures"],
];

/** @type {{ api: string, login?: import("../shared/login.js").Provider & { people?: { username: string, password: string, group: string }[] } }} */
const config = await (await fetch("/config.json", { cache: "no-store" })).json();
let lang = language();
/** The operations that this environment answers: no other is offered. Null while nobody has said. @type {Set<string> | null} */
let mounted = null;
let held = false;
let leaving = new AbortController();
let shownHash = "";
/** What somebody comes back to. It goes with the page. @type {Map<string, unknown>} */
const memory = new Map();
const main = h("main", { id: "main", tabindex: "-1" });
const session = config.login && new Session(config.login, askInPlace);

addEventListener("beforeunload", (event) => {
  if (held) event.preventDefault();
});
await start();

function words() {
  return /** @type {Words} */ (LANGUAGES[lang] ?? LANGUAGES.en);
}

async function start() {
  apply(lang);
  document.title = words().title;
  if (!session) return gate(words().noLogin);
  let failed = "";
  try {
    if (await session.begin()) {
      sessionStorage.setItem(SIGNED_IN, "yes");
      await learn();
      return open();
    }
  } catch {
    failed = words().signInFailed;
  }
  const again = sessionStorage.getItem(SIGNED_IN);
  sessionStorage.removeItem(SIGNED_IN);
  if (again && !failed) return session.leave();
  return gate(failed);
}

/** What is mounted here; if nobody says, the API refuses by itself. */
async function learn() {
  const answer = await new Api(config.api, async () => "").send("/capabilities").catch(() => null);
  if (answer?.ok) mounted = new Set(answer.data.operations.filter((/** @type {any} */ each) => each.mounted).map((/** @type {any} */ each) => each.name));
}

/** @param {string} operation @returns {boolean} */
function offers(operation) {
  return mounted?.has(operation) ?? true;
}

/** @param {string} trouble */
function gate(trouble) {
  const t = words();
  const people = config.login?.people ?? [];
  document.body.replaceChildren(
    h(
      "main",
      { class: "gate" },
      h(
        "div",
        { class: "card" },
        h("h1", null, t.title),
        h("p", { class: "quiet" }, t.signInLead),
        trouble && h("p", { class: "problem", role: "alert" }, trouble),
        session && h("button", { type: "button", class: "main", onclick: () => void session.leave() }, t.signIn),
        h("button", { type: "button", class: "bare", lang: lang === "ar" ? "en" : "ar", onclick: () => { switchLanguage(); gate(trouble); } }, t.language),
      ),
      people.length > 0 && h(
        "div",
        { class: "card" },
        h("h2", null, t.demoPeople),
        h("ul", { class: "people", dir: "ltr" }, ...people.map(({ username, password, group }) => h("li", null, h("span", null, h("strong", null, username), h("span", { class: "quiet small" }, ` ${group}`)), h("code", null, password)))),
      ),
    ),
  );
}

function switchLanguage() {
  lang = lang === "ar" ? "en" : "ar";
  choose(lang);
  document.title = words().title;
}

function open() {
  addEventListener("hashchange", () => {
    if (location.hash === shownHash) return;
    // Back and forward, too, ask before something is lost.
    if (held && !confirm(words().leave)) history.pushState(null, "", shownHash || "#");
    else route();
  });
  frame();
  route();
}

/** What stands around every page. */
function frame() {
  const t = words();
  const { person } = /** @type {Session} */ (session);
  const allowed = NAVIGATION.filter(({ permission, operation }) => person.permissions.has(permission) && offers(operation));
  const again = () => {
    if (held && !confirm(t.leave)) return;
    switchLanguage();
    frame();
    route();
  };
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, t.skip),
    h(
      "header",
      { class: "bar" },
      h("a", { class: "brand", href: `#/${allowed[0]?.path ?? ""}` }, t.title),
      h("span", { class: "who" }, told(t.signedInAs, { name: person.name })),
      h("button", { type: "button", class: "bare", lang: lang === "ar" ? "en" : "ar", onclick: again }, t.language),
      h("button", { type: "button", onclick: signOut }, t.signOut),
    ),
    h("div", { class: "frame" }, h("nav", { "aria-label": t.title }, h("ul", null, ...allowed.map(({ path, name }) => h("li", null, h("a", { href: `#/${path}` }, t[name]))))), main),
  );
}

function signOut() {
  if (held && !confirm(words().leave)) return;
  held = false;
  leaving.abort();
  memory.clear();
  main.replaceChildren();
  sessionStorage.removeItem(SIGNED_IN);
  session?.signOut();
}

function route() {
  leaving.abort();
  leaving = new AbortController();
  held = false;
  shownHash = location.hash;
  const ctx = context(leaving.signal);
  const first = NAVIGATION.find(({ permission }) => ctx.can(permission))?.path ?? "";
  const path = location.hash.replace(/^#\/?/u, "") || first;
  for (const link of document.querySelectorAll("nav a")) {
    const there = path.split("/")[0] === link.getAttribute("href")?.slice(2);
    if (there) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren(page(ctx, path));
  document.querySelector(".toast")?.remove();
  // Where the work begins: in the search's field, unless that opens a keyboard on the screen.
  (/** @type {HTMLElement | null} */ (main.querySelector("[data-first]")) ?? main).focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** @param {Context} ctx @param {string} path */
function page(ctx, path) {
  const { t } = ctx;
  document.title = t.title;
  if (!path) return nowhere(t.nothingAllowed, t.nothingAllowedHint);
  for (const [pattern, permission, view, name] of ROUTES) {
    const found = pattern.exec(path);
    if (!found) continue;
    if (!ctx.can(permission)) return nowhere(t.nothingAllowed, t.nothingAllowedHint);
    document.title = name === "navCustomers" ? t.title : `${t[name]} · ${t.title}`;
    return view({ ...ctx, title: t[name] }, ...found.slice(1));
  }
  return nowhere(t.notFound, "", h("a", { class: "button", href: "#/" }, t.toStart));
}

/** @param {string} title @param {string} hint @param {HTMLElement} [way] out of here */
function nowhere(title, hint, way) {
  return h("div", { class: "empty" }, h("h1", null, title), hint && h("p", null, hint), way);
}

/** @param {string} part of an address @returns {string} as it is if nobody can read it */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @param {AbortSignal} signal @returns {Context} */
function context(signal) {
  const mine = /** @type {Session} */ (session);
  const { permissions, subject } = mine.person;
  return {
    api: new Api(config.api, mine.token),
    t: words(),
    title: words().title,
    lang,
    subject,
    memory,
    locale: localeOf(lang),
    signal,
    can: (permission) => permissions.has(permission),
    offers,
    hold: (value) => {
      if (!signal.aborted) held = value;
    },
    announce,
  };
}

/** @param {Node | string} told */
function announce(told) {
  document.querySelector(".toast")?.remove();
  const close = h("button", { type: "button", onclick: () => toast.remove() }, "OK");
  const toast = h("div", { class: "card toast row", role: "alert" }, h("div", { dir: "auto" }, told), close);
  document.body.append(toast);
}

/** Ask for a new sign-in without leaving the page. @type {import("../shared/login.js").Ask} */
function askInPlace(open, over) {
  const t = words();
  return new Promise((_resolve, reject) => {
    const hint = h("p", { role: "status" }, t.endedHint);
    const again = h("button", { type: "button", class: "main", onclick: () => {
      hint.textContent = open() ? t.endedWaiting : t.endedBlocked;
      again.textContent = t.openAgain;
    } }, t.signInAgain);
    const decline = () => {
      dialog.remove();
      reject(declined());
    };
    const dialog = h(
      "dialog",
      { "aria-labelledby": "ended", oncancel: (event) => event.preventDefault() },
      h("form", { onsubmit: (event) => event.preventDefault() }, h("h2", { id: "ended" }, t.ended), hint, h("div", { class: "row" }, again, h("button", { type: "button", onclick: decline }, t.notYet))),
    );
    over.addEventListener("abort", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  });
}

function declined() {
  return new SignInNeeded();
}
