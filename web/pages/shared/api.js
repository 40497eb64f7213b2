/** Calls of the API, and actions that are never sent twice. */

/**
 * @typedef {{ code: string, message: string, details: { field: string, issue: string }[] }} ApiError
 * @typedef {{ ok: boolean, status: number, data: any, error: ApiError | null, requestId: string | null, replayed: boolean,
 *   completeness: number | null }} Answer
 * @typedef {{ method?: string, body?: unknown, key?: string, signal?: AbortSignal, reason?: string }} Options
 */

const DEADLINE = 30_000;

/** No answer came: the effect of a write is unknown. */
export class NoAnswer extends Error {}

export class Api {
  /**
   * @param {string} base such as `/v1/partner`
   * @param {(again: boolean) => Promise<string>} token `again` after the API has refused the last
   */
  constructor(base, token) {
    this.base = base;
    this.token = token;
  }

  /**
   * @param {string} path below the base, with its query
   * @param {Options} [options]
   * @returns {Promise<Answer>} of whatever status
   * @throws {NoAnswer} when nothing came back; and what `token` throws, and `AbortError` after `signal`
   */
  async send(path, options = {}) {
    let answer = await this.#once(path, options, false);
    if (answer.status === 401) answer = await this.#once(path, options, true);
    return answer;
  }

  /** @param {string} path @param {Options} options @param {boolean} again @returns {Promise<Answer>} */
  async #once(path, options, again) {
    const token = await this.token(again);
    const { method = "GET", body, signal } = options;
    const deadline = AbortSignal.timeout(DEADLINE);
    try {
      const answer = await fetch(this.base + path, {
        method,
        headers: headersOf(token, options),
        body: body === undefined ? null : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      return read(answer, await answer.json());
    } catch (failure) {
      if (signal?.aborted) throw failure;
      throw new NoAnswer();
    }
  }
}

/** @param {string} token @param {Options} options @returns {Record<string, string>} */
function headersOf(token, { body, key, reason }) {
  return {
    Authorization: `Bearer ${token}`,
    ...(body !== undefined && { "Content-Type": "application/json" }),
    ...(key && { "Idempotency-Key": key }),
    ...(reason && { "Audit-Reason": reason }),
  };
}

/** @param {Response} answer @param {any} envelope @returns {Answer} */
function read(answer, { ok, data, error, meta }) {
  return {
    ok: answer.ok && ok === true,
    status: answer.status,
    data,
    error,
    requestId: meta?.request_id ?? null,
    replayed: meta?.idempotency_replayed === true,
    completeness: meta?.data_completeness_score ?? null,
  };
}

/**
 * One thing that a person decided to do. It has one key for its whole life, so a repetition after a lost answer changes
 * nothing, and it is never under way twice.
 */
export class Action {
  #key = crypto.randomUUID();
  /** @type {Promise<Answer> | null} */
  #underWay = null;

  /**
   * @param {Api} api
   * @param {string} path
   * @param {Options} options without a key
   */
  constructor(api, path, options) {
    this.api = api;
    this.path = path;
    this.options = options;
  }

  /** @returns {Promise<Answer>} the same one for all who ask while it is under way @throws {NoAnswer} */
  run() {
    this.#underWay ??= this.api.send(this.path, { ...this.options, key: this.#key }).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }
}
