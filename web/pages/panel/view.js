/** What the panel shows in each of its states. */

import { h, svg } from "../shared/dom.js";
import { ago, day, money, number, visible } from "../shared/format.js";
import { filled } from "./words.js";

/**
 * @typedef {import("./lookup.js").Found} Found
 * @typedef {import("./lookup.js").Customer} Customer
 * @typedef {import("./lookup.js").Trouble} Trouble
 * @typedef {import("./words.js").Words} Words
 * @typedef {{ words: Words, locale: string, now: number, register: () => void, retry: () => void }} Means
 * @typedef {{ kind: "idle" } | { kind: "loading", slow: boolean } | { kind: "found", found: Found, inSession: boolean } |
 *   { kind: "trouble", trouble: Trouble, requestId: string | null }} State
 */

/**
 * @param {State} state
 * @param {Means} means
 * @returns {{ section: HTMLElement, says: string }} `says` is for screen readers, who are told of each change once
 */
export function view(state, means) {
  const { words } = means;
  switch (state.kind) {
    case "idle":
      return { section: middle("idle", PERSON, words.idle, words.idleHint), says: "" };
    case "loading":
      return loading(state.slow, words);
    case "trouble":
      return trouble(state, means);
    case "found":
      return state.found.customer ? person(state.found, state.found.customer, state.inSession, means) : stranger(means);
  }
}

const PERSON = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 9c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5";
const NEW = "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 9c0-4 3.5-6.5 8-6.5 1.3 0 2.5.2 3.6.6M18 15v6m-3-3h6";
const BROKEN = "M12 9v4m0 3.5v.1M10.3 3.9 2.5 18a2 2 0 0 0 1.7 3h15.6a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z";

/**
 * @param {string} state
 * @param {string} path
 * @param {string} title
 * @param {string} hint
 * @param {...(import("../shared/dom.js").Child)} rest
 */
function middle(state, path, title, hint, ...rest) {
  const drawn = svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-linecap": "round", "stroke-linejoin": "round" });
  const icon = svg("svg", { viewBox: "0 0 24 24", width: 44, height: 44, "aria-hidden": "true" }, drawn);
  return h("section", { class: "middle", "data-state": state }, icon, h("h2", null, title), h("p", { class: "quiet" }, hint), ...rest);
}

/** @param {boolean} slow @param {Words} words */
function loading(slow, words) {
  const bones = ["bone short", "bone tall", "bone", "bone short"].map((name) => h("div", { class: name }));
  const section = h("section", { "data-state": "loading", "aria-busy": "true" }, h("p", { class: "quiet" }, slow ? words.slow : words.loading), ...bones);
  return { section, says: slow ? words.slow : words.loading };
}

/** @param {Words} words @returns {Record<Trouble, [string, string]>} title and hint */
const troubles = (words) => ({
  offline: [words.offline, words.offlineHint],
  timeout: [words.failed, words.slow],
  failed: [words.failed, words.failedHint],
  invalid: [words.invalid, words.invalidHint],
  "signed-out": [words.signedOut, words.signedOutHint],
  forbidden: [words.forbidden, words.forbiddenHint],
  busy: [words.busy, words.failedHint],
});

/** @param {{ trouble: Trouble, requestId: string | null }} state @param {Means} means */
function trouble({ trouble: kind, requestId }, { words, retry }) {
  const [title, hint] = troubles(words)[kind];
  const section = middle(
    kind, BROKEN, title, hint,
    requestId && h("p", { class: "quiet" }, `${words.request} `, h("code", { dir: "ltr" }, requestId)),
    kind !== "invalid" && h("button", { type: "button", class: "plain", onclick: retry }, words.retry),
  );
  section.classList.add("trouble");
  return { section, says: `${title}. ${hint}` };
}

/** @param {Means} means */
function stranger({ words, register }) {
  const button = h("button", { type: "button", onclick: register }, words.register);
  return { section: middle("not_found", NEW, words.stranger, words.strangerHint, button), says: `${words.stranger}. ${words.strangerHint}` };
}

/** @param {Found} found @param {Customer} customer @param {boolean} inSession @param {Means} means */
function person(found, customer, inSession, { words, locale, now, register }) {
  const { balance, activity } = customer;
  const spendable = money(balance.spendable_minor, balance.currency, locale);
  const name = customer.name ? visible(customer.name) : words.guest;
  const waiting = found.unclaimed_cashback;
  const section = h(
    "section",
    { "data-state": inSession ? "identified_in_session" : found.status },
    h(
      "header",
      null,
      h(
        "div",
        null,
        h("h2", null, h("bdi", null, name)),
        h("p", { class: "quiet" }, h("bdi", { dir: "ltr" }, customer.phone)),
        h("p", { class: "quiet" }, customer.state === "VERIFIED" ? filled(words.since, { day: day(customer.member_since, locale) }) : words.unverified),
      ),
      h("div", { class: "tags" }, inSession && h("span", { class: "tag here" }, words.inSession), badge(customer.badge, words)),
    ),
    waiting && h(
      "div",
      { class: "waiting" },
      h("span", null, words.waiting),
      h("strong", null, money(waiting.amount_minor, waiting.currency, locale)),
      h("span", null, waiting.expires_at ? filled(words.until, { day: day(waiting.expires_at, locale) }) : words.noEnd),
    ),
    waiting && h("button", { type: "button", onclick: register }, words.claim),
    h(
      "dl",
      { class: "money" },
      h("div", { class: "main" }, h("dt", null, words.spendable), h("dd", { "data-spendable": true }, spendable)),
      h("div", null, h("dt", null, words.locked), h("dd", null, money(balance.locked_promo_minor, balance.currency, locale),
        balance.locked_promo_minor > 0 && h("small", null, words.unlocksOnClaim))),
    ),
    h(
      "dl",
      { class: "facts" },
      figure(words.visits, number(activity.visit_count, locale)),
      figure(words.visitsLately, number(activity.visit_count_last_90d, locale)),
      figure(words.spent, money(activity.lifetime_spend_minor, balance.currency, locale)),
      figure(words.lastVisit, activity.last_visit_at ? ago(activity.last_visit_at, locale, now) : words.never),
    ),
  );
  return { section, says: `${name}. ${words.spendable}: ${spendable}` };
}

/** @param {string} badge @param {Words} words */
function badge(badge, words) {
  const known = /** @type {Record<string, string>} */ (words)[`badge_${badge}`];
  return h("span", { class: "tag", "data-badge": badge }, known ?? badge);
}

/** @param {string} name @param {string} value */
function figure(name, value) {
  return h("div", null, h("dt", null, name), h("dd", null, value));
}
