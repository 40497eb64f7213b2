/**
 * Sign in with an OpenID Connect provider: Authorization Code with PKCE (S256), as a public client.
 *
 * Tokens live in this page's memory only. A reload signs in again and returns to the same place; a session that ends
 * while somebody works is renewed, or asked for again in a window of its own, so that nothing typed is lost.
 */

/**
 * @typedef {{ authorize: string, token: string, client: string, scope: string, logout?: string,
 *   claims?: { permissions?: string, name?: string }, groups?: Record<string, string[]> }} Provider
 * @typedef {{ access_token: string, refresh_token?: string, expires_in: number }} Granted
 * @typedef {{ name: string, subject: string, permissions: Set<string> }} Person
 * @typedef {(open: () => boolean, over: AbortSignal) => Promise<never>} Ask `open` opens the provider's window and says
 *   whether the browser let it; `over` aborts once somebody has signed in; the promise rejects when the person declines
 */

const PENDING = "sign-in";
const CHANNEL = "signed-in";
/** Seconds before its end at which a token is renewed. */
const EARLY = 30;

export class SignInNeeded extends Error {}

export class Session {
  /** @type {Granted | null} */
  #granted = null;
  #endsAt = 0;
  /** @type {Promise<string> | null} */
  #renewing = null;

  /**
   * @param {Provider} provider
   * @param {Ask} ask shows the person that a new sign-in is needed
   */
  constructor(provider, ask) {
    this.provider = provider;
    this.ask = ask;
  }

  /**
   * Take up what the provider sent back, if it did.
   * @returns {Promise<boolean>} whether somebody is signed in now
   * @throws {SignInNeeded} if the provider refused
   */
  async begin() {
    const back = new URL(location.href).searchParams;
    const [code, state, refused] = [back.get("code"), back.get("state"), back.has("error")];
    const pending = takePending();
    if (!code && !refused) return false;
    // The address keeps no code: a bookmark of it would be of no use, and a reload would send it again.
    history.replaceState(null, "", here() + (pending?.hash ?? ""));
    if (refused) throw new SignInNeeded();
    if (!code || pending?.state !== state || !pending) return false;
    this.#take(await exchange(this.provider, code, pending.verifier, here()));
    return true;
  }

  /** Leave for the provider, to come back to this place. */
  async leave() {
    const { verifier, state, url } = await request(this.provider, here());
    sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state, hash: location.hash }));
    location.assign(url);
  }

  /** Forget the tokens, and the provider's own session where it has an address for that. */
  signOut() {
    this.#granted = null;
    const { logout, client } = this.provider;
    const query = new URLSearchParams({ client_id: client, logout_uri: here() });
    location.assign(logout ? `${logout}?${query}` : here());
  }

  /** @returns {Person} as the access token says; the API decides, this only decides what is offered */
  get person() {
    if (!this.#granted) return { name: "", subject: "", permissions: new Set() };
    const claims = claimsOf(this.#granted.access_token);
    const { permissions = "permissions", name = "username" } = this.provider.claims ?? {};
    const listed = /** @type {string[]} */ ([claims[permissions] ?? []].flat());
    const { groups } = this.provider;
    return { name: String(claims[name] ?? claims.sub ?? ""), subject: String(claims.sub ?? ""), permissions: new Set(groups ? listed.flatMap((each) => groups[each] ?? []) : listed) };
  }

  /**
   * A token that is valid now. All who wait for a new one share one renewal.
   * @param {boolean} again after the API has refused the last
   * @returns {Promise<string>}
   * @throws {SignInNeeded} if the person declines
   */
  token = async (again) => {
    if (this.#granted && !again && Date.now() < this.#endsAt) return this.#granted.access_token;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  };

  async #renew() {
    const refresh = this.#granted?.refresh_token;
    const renewed = refresh ? await refreshed(this.provider, refresh).catch(() => null) : null;
    this.#take(renewed && this.#saysAsMuch(renewed) ? { refresh_token: refresh, ...renewed } : await this.#inPlace());
    return this.#granted?.access_token ?? "";
  }

  /** A provider may renew a token without the claims that the API needs; then a new sign-in gives them. @param {Granted} renewed */
  #saysAsMuch({ access_token: token }) {
    const claim = this.provider.claims?.permissions ?? "permissions";
    return claim in claimsOf(token) || !(claim in claimsOf(this.#granted?.access_token ?? ""));
  }

  async #inPlace() {
    const back = `${here()}signed-in/`;
    const { verifier, state, url } = await request(this.provider, back);
    const code = await codeFromWindow(url, state, this.ask);
    return exchange(this.provider, code, verifier, back);
  }

  /** The token itself says how long it lives; a provider that renews it may say something else beside it. @param {any} granted */
  #take(granted) {
    const { iat, exp } = claimsOf(granted.access_token);
    const lives = typeof iat === "number" && typeof exp === "number" ? exp - iat : granted.expires_in;
    this.#granted = granted;
    this.#endsAt = Date.now() + (Math.min(lives, granted.expires_in) - EARLY) * 1000;
  }
}

/** What the window of a sign-in in place does: hand the code over and close. */
export function handOver() {
  const back = new URL(location.href).searchParams;
  new BroadcastChannel(CHANNEL).postMessage({ code: back.get("code"), state: back.get("state") });
  history.replaceState(null, "", location.pathname);
  window.close();
}

/**
 * A window may be blocked, or closed before anybody has signed in, and a page of this policy cannot see the latter. So
 * the person can open it as often as they like.
 * @param {string} url @param {string} state @param {Ask} ask @returns {Promise<string>} the code
 */
function codeFromWindow(url, state, ask) {
  return new Promise((resolve, reject) => {
    const channel = new BroadcastChannel(CHANNEL);
    const over = new AbortController();
    const end = (/** @type {() => void} */ act) => {
      channel.close();
      over.abort();
      act();
    };
    channel.addEventListener("message", ({ data }) => {
      // Another tab's sign-in has another state; one that the provider refused can be repeated.
      if (data.state === state && data.code) end(() => resolve(data.code));
    });
    const open = () => window.open(url, "_blank", "popup,width=520,height=720") !== null;
    ask(open, over.signal).catch((failure) => end(() => reject(failure)));
  });
}

/** @param {Provider} provider @param {string} back */
async function request(provider, back) {
  const [verifier, state] = [random(), random()];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: provider.client,
    redirect_uri: back,
    scope: provider.scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  return { verifier, state, url: `${provider.authorize}?${query}` };
}

/** @param {Provider} provider @param {string} code @param {string} verifier @param {string} back @returns {Promise<Granted>} */
function exchange(provider, code, verifier, back) {
  return ask(provider, { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: back });
}

/** @param {Provider} provider @param {string} refresh @returns {Promise<Granted>} */
function refreshed(provider, refresh) {
  return ask(provider, { grant_type: "refresh_token", refresh_token: refresh });
}

/** @param {Provider} provider @param {Record<string, string>} form */
async function ask(provider, form) {
  const answer = await fetch(provider.token, {
    method: "POST",
    body: new URLSearchParams({ ...form, client_id: provider.client }),
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  const granted = await answer.json();
  if (!answer.ok || !granted.access_token) throw new SignInNeeded();
  return granted;
}

/** @returns {{ verifier: string, state: string, hash: string } | null} once */
function takePending() {
  const kept = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  return kept ? JSON.parse(kept) : null;
}

/** @returns {string} the page's own address, where the provider sends people back */
function here() {
  return new URL("./", location.href).href.split(/[?#]/u)[0] ?? "";
}

/** @param {string} token @returns {Record<string, unknown>} unverified: the API verifies it */
export function claimsOf(token) {
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  try {
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (each) => each.charCodeAt(0))));
  } catch {
    return {};
  }
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
