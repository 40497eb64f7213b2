/** The demo till: what a POS page does with `<customer-panel>`. */

import "../panel/customer-panel.js";
import { filled } from "../panel/words.js";
import { Api, NoAnswer } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { asciiDigits, digits, localeOf, number } from "../shared/format.js";
import { apply, choose, language } from "../shared/language.js";
import { Order } from "./order.js";
import { LANGUAGES } from "./words.js";

/** @typedef {import("../shared/api.js").Answer} Answer */

const LONGEST = 20;
/** @type {{ api: string, till?: { token: string, phones: string[] } }} */
const config = await (await fetch("/config.json", { cache: "no-store" })).json();
const api = new Api(config.api, tokenOf());
const panel = /** @type {import("../panel/customer-panel.js").CustomerPanel} */ (document.createElement("customer-panel"));
panel.token = api.token;
panel.setAttribute("api", config.api);

const input = h("input", { id: "phone", type: "tel", inputmode: "tel", autocomplete: "off", maxlength: LONGEST, "aria-describedby": "phone-hint" });
const attach = h("button", { type: "button", class: "main", onclick: () => run(attach, attachCustomer) });
const checkIn = h("button", { type: "button", onclick: () => run(checkIn, recordCheckIn) });
const next = h("button", { type: "button", onclick: () => startOver() });
const note = h("p", { class: "note", role: "status", hidden: true });
const title = h("h1", null);

let order = newOrder();
let lang = language();
/** The phone of the lookup that is on the screen. @type {string | null} */
let found = null;

panel.addEventListener("customer-register", (event) => {
  const { phone } = /** @type {CustomEvent<{ phone?: string }>} */ (event).detail;
  say(filled(words().registering, { phone: `\u2068${phone ?? ""}\u2069` }));
});
panel.addEventListener("customer-forgotten", () => {
  input.value = "";
  found = null;
  offer();
  say(words().forgotten);
});

draw();
begin();
input.focus();

function words() {
  return LANGUAGES[lang] ?? LANGUAGES.en ?? never();
}

/** @returns {never} */
function never() {
  throw new Error("no language");
}

/** A POS asks its own backend for a terminal's token and keeps it in memory only. */
function tokenOf() {
  /** @type {Promise<string> | null} */
  let kept = null;
  return (/** @type {boolean} */ again) => {
    if (again) kept = null;
    kept ??= fetch(config.till?.token ?? "", { method: "POST", headers: { "X-Demo": "till" }, cache: "no-store" })
      .then(async (answer) => (await answer.json()).token)
      .catch((failure) => {
        kept = null;
        throw failure;
      });
    return kept;
  };
}

function newOrder() {
  return new Order(api, `order-${Date.now() % 1_000_000}`);
}

/** Start an order: its session opens at once, before anybody is known. */
function begin() {
  if (!config.till) {
    say(words().noConfig, true);
    return;
  }
  order.open().then(
    (answer) => !answer.ok && refused(answer),
    () => say(words().notOpen, true),
  );
}

function startOver() {
  order = newOrder();
  found = null;
  input.value = "";
  panel.clear();
  say("");
  draw();
  begin();
  input.focus();
}

async function find() {
  const phone = asciiDigits(input.value).trim();
  found = null;
  offer();
  say("");
  if (!phone) {
    panel.clear();
    input.focus();
    return;
  }
  const outcome = await panel.lookup({ phone });
  if (outcome.kind !== "found") return;
  // As the API writes it: typed with or without the country code, it is one customer.
  found = outcome.found.customer?.phone ?? null;
  offer();
  if (found && order.phone && found !== order.phone) say(words().another);
}

async function attachCustomer() {
  const mine = order;
  if (!found) return;
  const answer = await mine.attach(found);
  if (mine !== order) return;
  if (!answer.ok) refused(answer);
  else if (answer.data.context) {
    panel.showSession(answer.data.context);
    offer();
    say(words().attached);
    // The button that was pressed is gone.
    checkIn.focus();
  }
}

async function recordCheckIn() {
  const mine = order;
  const answer = await mine.checkIn();
  if (mine !== order) return;
  if (!answer.ok) refused(answer);
  else {
    checkIn.hidden = true;
    say(words().checkedIn);
    next.focus();
  }
}

/** @param {HTMLButtonElement} button @param {() => Promise<void>} work */
async function run(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (failure) {
    if (!(failure instanceof NoAnswer)) throw failure;
    say(words().unknown, true);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function offer() {
  attach.hidden = !found || order.phone !== null;
  checkIn.hidden = order.phone === null || order.phone !== found;
}

/** @param {Answer} answer */
function refused(answer) {
  say(filled(words().refused, { message: answer.error?.message ?? String(answer.status) }), true, answer.requestId);
}

/** @param {string} text @param {boolean} [bad] @param {string | null} [requestId] */
function say(text, bad = false, requestId = null) {
  note.hidden = !text;
  note.classList.toggle("bad", bad);
  note.replaceChildren(text, ...(requestId ? [h("code", { dir: "ltr" }, requestId)] : []));
}

function keypad() {
  const locale = localeOf(lang);
  const press = (/** @type {string} */ digit) => () => {
    if (input.value.length < LONGEST) input.value += digit;
  };
  const keys = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) =>
    h("button", { type: "button", onclick: press(String(digit)) }, number(digit, locale)),
  );
  return h(
    "div",
    { class: "keys", role: "group", "aria-label": words().phone },
    ...keys,
    h("button", { type: "button", onclick: press("+") }, "+"),
    h("button", { type: "button", onclick: press("0") }, number(0, locale)),
    h("button", { type: "button", class: "word", onclick: () => (input.value = input.value.slice(0, -1)) }, words().delete),
  );
}

function tries() {
  const phones = config.till?.phones ?? [];
  const buttons = phones.map((phone, place) =>
    h("button", { type: "button", "data-phone": phone, onclick: () => { input.value = phone; void find(); } }, words().tries[place] ?? phone),
  );
  return phones.length > 0 && h("div", { class: "card stack" }, h("h2", null, words().try), h("div", { class: "tries" }, ...buttons));
}

function switchLanguage() {
  lang = lang === "ar" ? "en" : "ar";
  choose(lang);
  draw();
}

function draw() {
  apply(lang);
  document.title = `${words().title} · ${words().demo}`;
  title.textContent = filled(words().order, { number: digits(order.number.slice("order-".length), localeOf(lang)) });
  attach.textContent = words().attach;
  checkIn.textContent = words().checkIn;
  next.textContent = words().newOrder;
  panel.lang = lang;
  offer();
  const form = h(
    "form",
    { class: "card find", onsubmit: (event) => { event.preventDefault(); void find(); } },
    h("div", null, h("label", { for: "phone" }, words().phone), h("div", { class: "typed" }, input), h("p", { class: "hint", id: "phone-hint" }, words().phoneHint)),
    keypad(),
    h("button", { class: "main wide" }, words().find),
  );
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#customer" }, words().skip),
    h(
      "header",
      { class: "bar" },
      h("span", { class: "brand" }, words().demo),
      h("button", { type: "button", class: "bare", lang: lang === "ar" ? "en" : "ar", onclick: switchLanguage }, words().language),
      next,
    ),
    h(
      "main",
      null,
      h("div", { class: "stack" }, form, tries()),
      h("div", { class: "stack customer", id: "customer", tabindex: "-1" }, h("div", { class: "order" }, title), panel, h("div", { class: "actions" }, attach, checkIn), note),
    ),
  );
}
