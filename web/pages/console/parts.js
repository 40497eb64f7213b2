/** What the console's pages are made of. */

import { NoAnswer } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { money, visible } from "../shared/format.js";
import { filled } from "../panel/words.js";
import { SignInNeeded } from "../shared/login.js";
import { lost, problem } from "./refusals.js";
import { word } from "./words.js";

/**
 * @typedef {import("../shared/api.js").Api} Api
 * @typedef {import("../shared/api.js").Answer} Answer
 * @typedef {import("../shared/api.js").Action} Action
 * @typedef {import("../shared/dom.js").Child} Child
 * @typedef {object} Context
 * @property {Api} api
 * @property {import("./words.js").Words} t the texts
 * @property {string} title what is done on this page
 * @property {string} lang `en` or `ar`
 * @property {string} locale
 * @property {string} subject whose sign-in it is, as the activity log names them
 * @property {Map<string, unknown>} memory of this page load, for what somebody comes back to; a sign-out forgets it
 * @property {AbortSignal} signal aborted as soon as the person leaves the page: nothing late is shown
 * @property {(permission: string) => boolean} can
 * @property {(operation: string) => boolean} offers whether this environment answers it
 * @property {(held: boolean) => void} hold whether leaving would lose something
 * @property {(told: Node | string) => void} announce what a person must hear of, also on the next page
 */

/** What stands where there is nothing to tell. */
export const NOTHING = "–";

/** @param {Context} ctx @param {string} path @returns {Promise<Answer>} */
export function read({ api, signal }, path) {
  return api.send(path, { signal });
}

/**
 * A place that shows a skeleton, then what came, or why nothing did with a way to try again.
 * @param {Context} ctx
 * @param {() => Promise<Answer>} ask
 * @param {(data: any, answer: Answer) => Child} show
 */
export function loaded(ctx, ask, show) {
  const place = h("div", { class: "stack" });
  const attempt = async () => {
    const focused = place.contains(document.activeElement);
    place.setAttribute("aria-busy", "true");
    place.replaceChildren(skeleton(ctx));
    const shown = await attempted(ctx, ask, show, () => void attempt());
    if (ctx.signal.aborted) return;
    place.removeAttribute("aria-busy");
    place.replaceChildren(...(shown ? [shown] : []));
    // A page that has its heading from what was asked for has none if that did not come.
    if (place.isConnected && !document.querySelector("main h1")) place.prepend(h("h1", null, ctx.title));
    // The button that was pressed is gone.
    if (focused) focusOn(place);
    place.dispatchEvent(new Event("settled"));
  };
  void attempt();
  return place;
}

/** @param {Context} ctx @param {() => Promise<Answer>} ask @param {(data: any, answer: Answer) => Child} show @param {() => void} retry */
async function attempted(ctx, ask, show, retry) {
  try {
    const answer = await ask();
    return answer.ok ? show(answer.data, answer) : problem(ctx, answer, retry);
  } catch (failure) {
    if (ctx.signal.aborted) return null;
    if (failure instanceof NoAnswer || failure instanceof SignInNeeded) return lost(ctx, false, retry);
    // A fault of the page's own: nobody waits for ever before a skeleton, and the console of the browser has it.
    reportError(failure);
    return h("div", { class: "problem", role: "alert" }, h("h2", null, ctx.t.broken), h("p", null, ctx.t.brokenHint));
  }
}

/** Put the keyboard where the work goes on, after what had it is gone. @param {HTMLElement} element */
export function focusOn(element) {
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** What was decided is done: nothing but the outcome is left, and the keyboard is on it. @param {HTMLElement} place @param {HTMLElement} outcome */
export function finish(place, outcome) {
  place.replaceChildren(outcome);
  focusOn(outcome);
  outcome.scrollIntoView({ block: "nearest" });
}

/** @param {Context} ctx */
export function skeleton({ t }) {
  return h("div", { class: "stack" }, h("span", { class: "unseen", role: "status" }, t.loading), ...[1, 2, 3, 4].map(() => h("div", { class: "bone" })));
}

/**
 * Do an action at a press of a button. While it is under way, nobody leaves without being asked.
 * @param {Context} ctx
 * @param {HTMLButtonElement} button
 * @param {Element} place where a refusal is shown
 * @param {Action} action
 * @param {(answer: Answer) => void} done
 * @param {(answer: Answer) => void} [refused] beside the refusal that is shown
 */
export async function perform(ctx, button, place, action, done, refused = () => {}) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  ctx.hold(true);
  try {
    const answer = await action.run();
    ctx.hold(false);
    if (ctx.signal.aborted) ctx.announce(answer.ok ? (button.dataset.done ?? "") : problem(ctx, answer));
    else if (answer.ok) done(answer);
    else {
      place.replaceChildren(problem(ctx, answer));
      refused(answer);
    }
  } catch (failure) {
    unsure(ctx, place, failure);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** A sign-in that was declined has sent nothing; a lost answer may have done it. @param {Context} ctx @param {Element} place @param {unknown} failure */
function unsure(ctx, place, failure) {
  if (!(failure instanceof NoAnswer || failure instanceof SignInNeeded)) throw failure;
  if (ctx.signal.aborted) ctx.announce(ctx.t.lostWrite);
  else place.replaceChildren(lost(ctx, failure instanceof NoAnswer, null));
}

/** @param {string} strong @param {string} [hint] */
export function empty(strong, hint) {
  return h("div", { class: "empty" }, h("strong", null, strong), hint ? h("p", null, hint) : null);
}

/** Text that somebody else wrote: isolated, so that it changes no direction but its own. @param {string | null | undefined} text */
export function theirs(text) {
  return h("bdi", null, visible(text ?? ""));
}

/** @param {string} phone */
export function phoneText(phone) {
  return h("bdi", { dir: "ltr" }, visible(phone));
}

/** @param {Context} ctx @param {string} badge */
export function badgeChip({ t }, badge) {
  const looks = badge === "vip" ? "strong" : badge === "regular" ? "good" : "";
  return h("span", { class: `chip ${looks}` }, word(t, `badge_${badge}`, badge));
}

/** @param {Context} ctx @param {string} state */
export function stateChip({ t }, state) {
  const looks = /** @type {Record<string, string>} */ ({ VERIFIED: "good", registered: "good", DISABLED: "bad", disabled: "bad" })[state] ?? "warm";
  return h("span", { class: `chip ${looks}` }, word(t, `state_${state}`, word(t, `status_${state}`, state)));
}

/** @param {string} name @param {Child} value @param {string} [looks] */
export function pair(name, value, looks = "") {
  return h("div", null, h("dt", null, name), h("dd", { class: looks || null }, value));
}

/** @param {Context} ctx @param {{ amount_minor: number, currency: string }} of */
export function amount({ locale }, { amount_minor: minor, currency }) {
  return money(minor, currency, locale);
}

/**
 * @template Row
 * @typedef {{ name: string, cell: (row: Row) => Child, number?: boolean }} Column
 */

/**
 * @template Row
 * @param {string} caption for those who cannot see it
 * @param {Column<Row>[]} columns
 * @param {Row[]} rows
 */
export function table(caption, columns, rows) {
  const body = h("tbody", null, ...rows.map((row) => tableRow(columns, row)));
  const head = h("tr", null, ...columns.map(({ name, number }) => h("th", { scope: "col", class: number ? "number" : null }, name)));
  const built = h("table", { class: "cards" }, h("caption", { class: "unseen" }, caption), h("thead", null, head), body);
  return { place: h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, built), body };
}

/** @template Row @param {Column<Row>[]} columns @param {Row} row */
export function tableRow(columns, row) {
  return h("tr", null, ...columns.map(({ name, cell, number }) => {
    const shown = cell(row);
    return h("td", { "data-name": name, class: number ? "number" : shown === NOTHING ? "none" : null }, shown);
  }));
}

/**
 * A list that comes page by page.
 * @template Row
 * @param {Context} ctx
 * @param {(cursor: string | null) => Promise<Answer>} ask
 * @param {{ caption: string, columns: Column<Row>[], rows: (data: any) => Row[], empty: Child }} shape
 */
export function paged(ctx, ask, shape) {
  return loaded(ctx, () => ask(null), (data) => {
    const first = shape.rows(data);
    if (first.length === 0 && !data.next_cursor) return shape.empty;
    const { place, body } = table(shape.caption, shape.columns, first);
    return h("div", { class: "stack" }, place, further(ctx, data.next_cursor, ask, (next) => appended(body, shape.rows(next).map((row) => tableRow(shape.columns, row)))));
  });
}

/** @param {Element} list @param {HTMLElement[]} rows @returns {HTMLElement | undefined} the first of them */
export function appended(list, rows) {
  list.append(...rows);
  return rows[0];
}

/**
 * The button for the next page; after the last it is gone.
 * @param {Context} ctx
 * @param {string | null} cursor
 * @param {(cursor: string) => Promise<Answer>} ask
 * @param {(data: any) => HTMLElement | undefined} add gives the first of what it has added: the keyboard goes on there
 */
export function further(ctx, cursor, ask, add) {
  const place = h("div", { class: "stack" });
  if (!cursor) return place;
  const button = h("button", { type: "button", onclick: () => void next() }, ctx.t.more);
  const trouble = h("div", null);
  const next = async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    const shown = await attempted(ctx, () => ask(cursor), (data) => {
      const added = add(data);
      place.replaceChildren(further(ctx, data.next_cursor, ask, add));
      if (added) focusOn(added);
      return null;
    }, () => void next());
    button.removeAttribute("aria-busy");
    if (!ctx.signal.aborted) trouble.replaceChildren(...(shown ? [shown] : []));
  };
  place.append(h("div", null, button), trouble);
  return place;
}

/** @param {string} hint @param {Record<string, string>} values @returns {string} with each value isolated */
export function told(hint, values) {
  return filled(hint, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `\u2068${visible(value)}\u2069`])));
}

/** @param {string} id */
export function customerLink(id) {
  return `#/customers/${encodeURIComponent(id)}`;
}

/** The way up, above a page's heading. @param {string} href @param {string} text */
export function crumb(href, text) {
  return h("p", { class: "crumb" }, h("a", { href }, text));
}
