/**
 * `<customer-panel>`: who stands at the counter, for a POS page. README.md shows how to embed it.
 *
 * It keeps a person only on the screen: nothing goes into storage, a URL or a log, and `clear()` or idle time forgets.
 */

import { LookupClient } from "../sdk/lookup.js";
import { directionOf, localeOf } from "../shared/format.js";
import { find } from "./lookup.js";
import { STYLES } from "./styles.js";
import { view } from "./view.js";
import { wordsOf } from "./words.js";

/**
 * @typedef {import("./lookup.js").Query} Query
 * @typedef {import("./lookup.js").Found} Found
 * @typedef {import("./lookup.js").Outcome} Outcome
 * @typedef {import("./view.js").State} State
 * @typedef {import("../sdk/tokens.js").TokenOf} TokenOf
 */

/** Milliseconds until the panel says that it takes longer than usual, and until it gives up. */
const SLOW_AFTER = 1500;
const DEADLINE = 8000;
const IDLE_SECONDS = 120;
const ACTIVITY = /** @type {const} */ (["pointerdown", "keydown"]);
/** A host that stops an event's way up does not hide it from us. */
const EARLY = { passive: true, capture: true };
/** The longest that a timer takes. */
const LONGEST = 2 ** 31 - 1;

export class CustomerPanel extends HTMLElement {
  static observedAttributes = ["lang", "api", "idle-seconds"];

  /** @type {TokenOf} */
  #token = () => {
    throw new Error("customer-panel needs its property token");
  };
  /** @type {State} */
  #state = { kind: "idle" };
  /** @type {Query} */
  #query = {};
  /** @type {LookupClient | null} */
  #client = null;
  #root = this.attachShadow({ mode: "open" });
  #status = document.createElement("p");
  #shown = document.createElement("div");
  /** By the wall clock, which may be set, and by the other one, which may stand still while a machine sleeps. */
  #usedAt = [0, 0];
  #languages = new MutationObserver(() => this.#language() === this.#shown.lang || this.#draw());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idle;

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    this.#root.adoptedStyleSheets = [sheet];
    this.#status.className = "status";
    this.#shown.className = "shown";
    this.#status.setAttribute("role", "status");
    this.#root.append(this.#status, this.#shown);
  }

  /** Gives a terminal's token; with `true` after the API has refused the last. @type {TokenOf} */
  get token() {
    return this.#token;
  }

  set token(ask) {
    this.#token = ask;
    this.#forgetClient();
  }

  connectedCallback() {
    if (Object.hasOwn(this, "token")) {
      // A host that was faster than this module has set it on a plain element.
      const { token } = this;
      Reflect.deleteProperty(this, "token");
      this.token = token;
    }
    for (const kind of ACTIVITY) document.addEventListener(kind, this.#used, EARLY);
    this.#languages.observe(document, { attributeFilter: ["lang"], subtree: true });
    document.addEventListener("visibilitychange", this.#forgetIfIdle);
    window.addEventListener("pagehide", this.clear);
    this.#draw();
  }

  disconnectedCallback() {
    for (const kind of ACTIVITY) document.removeEventListener(kind, this.#used, EARLY);
    this.#languages.disconnect();
    document.removeEventListener("visibilitychange", this.#forgetIfIdle);
    window.removeEventListener("pagehide", this.clear);
    // A page that only moves the panel elsewhere keeps its customer.
    queueMicrotask(() => this.isConnected || this.clear());
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === "api") this.#forgetClient();
    if (name === "idle-seconds") this.#forgetIfIdle();
    else if (this.isConnected) this.#draw();
  }

  /** Whether a person or a lookup is on the screen. */
  get occupied() {
    return this.#state.kind !== "idle";
  }

  /**
   * Look a customer up and show the answer. The phone wins when both are given.
   * @param {Query} query
   * @returns {Promise<Outcome>} as shown; `superseded` if another lookup or `clear()` came first, and then nothing is
   */
  async lookup(query) {
    this.#query = named(query);
    this.#client ??= new LookupClient({ baseUrl: this.getAttribute("api") ?? "/v1/partner", token: this.#token, deadlineMs: DEADLINE });
    this.#show({ kind: "loading", slow: false });
    this.#slow = setTimeout(() => this.#show({ kind: "loading", slow: true }), SLOW_AFTER);
    return find(this.#client, this.#query, (shown) => this.#show(shown.kind === "found" ? { ...shown, inSession: false } : shown));
  }

  /**
   * Show the customer whom an open checkout session already knows, with no lookup.
   * @param {Found} context the session's `context`
   */
  showSession(context) {
    this.#client?.cancel();
    this.#query = named({ phone: context?.customer?.phone });
    this.#show({ kind: "found", found: context, inSession: true });
  }

  /** Forget the person and whatever is under way. */
  clear = () => {
    this.#client?.cancel();
    this.#query = {};
    this.#show({ kind: "idle" });
  };

  /** @param {State} state @returns {State} what is shown: an answer that cannot be drawn is a failure */
  #show(state) {
    clearTimeout(this.#slow);
    this.#state = state;
    this.#used();
    if (this.isConnected) this.#draw();
    return this.#state;
  }

  #used = () => {
    this.#usedAt = [Date.now(), performance.now()];
    this.#forgetIfIdle();
  };

  /** Also when a page comes back to sight: timers of a hidden page, or of a machine that slept, come late. */
  #forgetIfIdle = () => {
    clearTimeout(this.#idle);
    if (!this.occupied) return;
    const [wall = 0, tick = 0] = this.#usedAt;
    const left = this.#idleAfter() - Math.max(Date.now() - wall, performance.now() - tick);
    if (left > 0) {
      this.#idle = setTimeout(this.#forgetIfIdle, Math.min(left, LONGEST));
      return;
    }
    this.clear();
    this.#tell("customer-forgotten", {});
  };

  /** What is no number of seconds is the usual one: a customer never stays for good because of a typing mistake. */
  #idleAfter() {
    const seconds = Number(this.getAttribute("idle-seconds"));
    return (seconds > 0 && seconds < Infinity ? seconds : IDLE_SECONDS) * 1000;
  }

  /** Another address or another token is another till: nothing of the last one's stays, and no token of it is sent. */
  #forgetClient() {
    if (this.occupied) this.clear();
    this.#client?.cancel();
    this.#client = null;
  }

  #language() {
    return this.lang || (this.closest("[lang]")?.getAttribute("lang") ?? "en");
  }

  /** @param {string} lang @param {string} locale */
  #view(lang, locale) {
    return view(this.#state, {
      words: wordsOf(lang),
      locale,
      now: Date.now(),
      register: () => this.#tell("customer-register", { ...this.#query }),
      retry: () => void this.lookup(this.#query),
    });
  }

  #draw() {
    const lang = this.#language();
    let drawn;
    try {
      drawn = this.#view(lang, localeOf(lang));
    } catch {
      // Whoever was on the screen before must not stay there.
      this.#state = { kind: "trouble", trouble: "failed", requestId: null };
      drawn = this.#view(lang, "en");
    }
    const { section, says } = drawn;
    section.setAttribute("aria-label", wordsOf(lang).panel);
    this.#shown.lang = lang;
    this.#shown.dir = directionOf(lang);
    const focused = this.#root.activeElement;
    this.#shown.replaceChildren(section);
    // A button that was pressed is gone by now: keep the keyboard inside the panel.
    if (focused) section.setAttribute("tabindex", "-1"), section.focus();
    if (this.#status.textContent !== says) this.#status.textContent = says;
  }

  /** @param {string} name @param {Query} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }
}

/** What a host means by a query: null and an empty text name nobody. @param {Partial<Record<keyof Query, unknown>> | null | undefined} query @returns {Query} */
function named(query) {
  /** @type {Query} */
  const found = {};
  for (const name of /** @type {const} */ (["phone", "providerCustomerId"])) {
    const value = query?.[name] ?? "";
    if (value !== "") found[name] = String(value);
  }
  return found;
}

// A page may load two copies of this module, from two addresses: the first one stays.
if (!customElements.get("customer-panel")) customElements.define("customer-panel", CustomerPanel);
