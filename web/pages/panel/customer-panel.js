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

export class CustomerPanel extends HTMLElement {
  static observedAttributes = ["lang", "api"];

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
  #usedAt = 0;
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
    for (const kind of ACTIVITY) document.addEventListener(kind, this.#used, { passive: true });
    document.addEventListener("visibilitychange", this.#forgetIfIdle);
    window.addEventListener("pagehide", this.clear);
    this.#draw();
  }

  disconnectedCallback() {
    for (const kind of ACTIVITY) document.removeEventListener(kind, this.#used);
    document.removeEventListener("visibilitychange", this.#forgetIfIdle);
    window.removeEventListener("pagehide", this.clear);
    // A page that only moves the panel elsewhere keeps its customer.
    queueMicrotask(() => this.isConnected || this.clear());
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (name === "api") this.#forgetClient();
    if (this.isConnected) this.#draw();
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
    this.#query = { ...query };
    this.#client ??= new LookupClient({ baseUrl: this.getAttribute("api") ?? "/v1/partner", token: this.#token, deadlineMs: DEADLINE });
    this.#show({ kind: "loading", slow: false });
    this.#slow = setTimeout(() => this.#show({ kind: "loading", slow: true }), SLOW_AFTER);
    return find(this.#client, query, (shown) => this.#show(shown.kind === "found" ? { ...shown, inSession: false } : shown));
  }

  /**
   * Show the customer whom an open checkout session already knows, with no lookup.
   * @param {Found} context the session's `context`
   */
  showSession(context) {
    this.#client?.cancel();
    this.#show({ kind: "found", found: context, inSession: true });
  }

  /** Forget the person and whatever is under way. */
  clear = () => {
    this.#client?.cancel();
    this.#query = {};
    this.#show({ kind: "idle" });
  };

  /** @param {State} state */
  #show(state) {
    clearTimeout(this.#slow);
    this.#state = state;
    this.#used();
    if (this.isConnected) this.#draw();
  }

  #used = () => {
    this.#usedAt = Date.now();
    clearTimeout(this.#idle);
    if (this.occupied) this.#idle = setTimeout(this.#forgetIfIdle, this.#idleAfter());
  };

  /** Also when a page comes back to sight: timers of a hidden page, or of a machine that slept, come late. */
  #forgetIfIdle = () => {
    if (!this.occupied || Date.now() - this.#usedAt < this.#idleAfter()) return;
    this.clear();
    this.#tell("customer-forgotten", {});
  };

  #idleAfter() {
    return Number(this.getAttribute("idle-seconds") ?? IDLE_SECONDS) * 1000;
  }

  /** Another address or another token is another till: nothing of the last one's stays, and no token of it is sent. */
  #forgetClient() {
    if (this.#client) this.clear();
    this.#client = null;
  }

  #draw() {
    const lang = this.lang || (this.closest("[lang]")?.getAttribute("lang") ?? "en");
    const words = wordsOf(lang);
    const { section, says } = view(this.#state, {
      words,
      locale: localeOf(lang),
      now: Date.now(),
      register: () => this.#tell("customer-register", { ...this.#query }),
      retry: () => void this.lookup(this.#query),
    });
    section.setAttribute("aria-label", words.panel);
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

customElements.define("customer-panel", CustomerPanel);
