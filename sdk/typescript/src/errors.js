/** Errors as types. `instanceof` tells them apart; none of them holds a phone, a name or a token. */

/** Everything that this package throws on purpose. */
export class CustomersError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = new.target.name;
  }
}

/** A newer lookup, or `cancel()`, took the place of this one. Show nothing. */
export class Superseded extends CustomersError {}

/** There was no answer in time. `cause` is the last failure, if one came. */
export class DeadlineExceeded extends CustomersError {}

/** The request did not reach the service, or its answer did not arrive. */
export class NetworkError extends CustomersError {}

/** The token callback failed, or gave no token. `cause` is its error. */
export class TokenError extends CustomersError {}

/**
 * The service, or something in front of it, refused. `code` is one of the published error codes, or null when the
 * answer was not the service's (a proxy's page, for example).
 */
export class ApiError extends CustomersError {
  /**
   * @param {string} message
   * @param {{status: number, code: string | null, requestId: string | null, retryAfter: number | null,
   *   details: import("./types.d.ts").ErrorDetail[]}} refusal
   */
  constructor(message, refusal) {
    super(message);
    this.status = refusal.status;
    this.code = refusal.code;
    /** Quote it when you report a problem. */
    this.requestId = refusal.requestId;
    /** Seconds after which the same request may be sent again; null if the answer did not say. */
    this.retryAfter = refusal.retryAfter;
    this.details = refusal.details;
  }
}

export class ValidationError extends ApiError {}
export class InvalidApiKey extends ApiError {}
export class Forbidden extends ApiError {}
export class NotFound extends ApiError {}
export class IdempotencyInProgress extends ApiError {}
export class IdempotencyKeyReused extends ApiError {}
export class PayloadTooLarge extends ApiError {}
export class RateLimited extends ApiError {}
export class InternalError extends ApiError {}
export class UpstreamUnavailable extends ApiError {}
/** An answer without the envelope. */
export class UnexpectedAnswer extends ApiError {}

/** @type {Record<string, typeof ApiError>} */
const TYPES = {
  VALIDATION_ERROR: ValidationError,
  INVALID_API_KEY: InvalidApiKey,
  FORBIDDEN: Forbidden,
  NOT_FOUND: NotFound,
  IDEMPOTENCY_IN_PROGRESS: IdempotencyInProgress,
  IDEMPOTENCY_KEY_REUSED: IdempotencyKeyReused,
  PAYLOAD_TOO_LARGE: PayloadTooLarge,
  RATE_LIMITED: RateLimited,
  INTERNAL_ERROR: InternalError,
  UPSTREAM_UNAVAILABLE: UpstreamUnavailable,
};

/**
 * The error of an answer that is not a success.
 * @param {number} status
 * @param {Headers} headers
 * @param {any} body the parsed JSON, or undefined
 * @returns {ApiError}
 */
export function refusalOf(status, headers, body) {
  const error = body?.error;
  const code = typeof error?.code === "string" ? error.code : null;
  const Type = code === null ? UnexpectedAnswer : (TYPES[code] ?? ApiError);
  return new Type(code === null ? `HTTP ${status} without the service's envelope` : `${code}: ${error.message}`, {
    status,
    code,
    requestId: body?.meta?.request_id ?? headers.get("X-Request-Id"),
    retryAfter: secondsOf(headers.get("Retry-After")),
    details: Array.isArray(error?.details) ? error.details : [],
  });
}

/**
 * Whether the same request may succeed if it is sent again.
 * @param {unknown} error
 * @returns {boolean}
 */
export function mayPass(error) {
  if (error instanceof NetworkError || error instanceof IdempotencyInProgress) return true;
  return error instanceof ApiError && ([408, 429].includes(error.status) || error.status >= 500);
}

/** @param {string | null} text seconds, or an HTTP date */
function secondsOf(text) {
  if (text === null) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
