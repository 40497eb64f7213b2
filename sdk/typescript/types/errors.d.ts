/**
 * The error of an answer that is not a success.
 * @param {number} status
 * @param {Headers} headers
 * @param {any} body the parsed JSON, or undefined
 * @returns {ApiError}
 */
export function refusalOf(status: number, headers: Headers, body: any): ApiError;
/**
 * Whether the same request may succeed if it is sent again.
 * @param {unknown} error
 * @returns {boolean}
 */
export function mayPass(error: unknown): boolean;
/** Errors as types. `instanceof` tells them apart; none of them holds a phone, a name or a token. */
/** Everything that this package throws on purpose. */
export class CustomersError extends Error {
    /** @param {string} message */
    constructor(message: string);
}
/** A newer lookup, or `cancel()`, took the place of this one. Show nothing. */
export class Superseded extends CustomersError {
}
/** There was no answer in time. `cause` is the last failure, if one came. */
export class DeadlineExceeded extends CustomersError {
}
/** The request did not reach the service, or its answer did not arrive. */
export class NetworkError extends CustomersError {
}
/** The token callback failed, or gave no token. `cause` is its error. */
export class TokenError extends CustomersError {
}
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
    constructor(message: string, refusal: {
        status: number;
        code: string | null;
        requestId: string | null;
        retryAfter: number | null;
        details: import("./types.d.ts").ErrorDetail[];
    });
    status: number;
    code: string | null;
    /** Quote it when you report a problem. */
    requestId: string | null;
    /** Seconds after which the same request may be sent again; null if the answer did not say. */
    retryAfter: number | null;
    details: import("./types.d.ts").ErrorDetail[];
}
export class ValidationError extends ApiError {
}
export class InvalidApiKey extends ApiError {
}
export class Forbidden extends ApiError {
}
export class NotFound extends ApiError {
}
export class IdempotencyInProgress extends ApiError {
}
export class IdempotencyKeyReused extends ApiError {
}
export class PayloadTooLarge extends ApiError {
}
export class RateLimited extends ApiError {
}
export class InternalError extends ApiError {
}
export class UpstreamUnavailable extends ApiError {
}
/** An answer without the envelope. */
export class UnexpectedAnswer extends ApiError {
}
