/** A small HTTP service that answers as a test says. Requests are kept in `seen`. */

import { createServer } from "node:http";

/** @typedef {{method: string, path: string, query: URLSearchParams, headers: import("node:http").IncomingHttpHeaders, body: any}} Seen */
/** @typedef {{status?: number, headers?: Record<string, string>, body?: unknown, text?: string, after?: number, drop?: boolean, hang?: boolean}} Reply */

/**
 * @param {(seen: Seen, number: number) => Reply} answer
 * @param {import("node:test").TestContext} t closes the service at the test's end
 */
export async function service(answer, t) {
  /** @type {Seen[]} */
  const seen = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part) => (text += part));
    request.on("end", () => {
      const url = new URL(request.url ?? "", "http://x");
      const one = { method: request.method ?? "", path: url.pathname, query: url.searchParams, headers: request.headers, body: text ? JSON.parse(text) : undefined };
      seen.push(one);
      const reply = answer(one, seen.length);
      if (reply.hang) return;
      if (reply.drop) return void request.socket.destroy();
      setTimeout(() => {
        response.writeHead(reply.status ?? 200, { "Content-Type": "application/json", ...reply.headers });
        response.end(reply.text ?? JSON.stringify(reply.body));
      }, reply.after ?? 0);
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  t.after(() => (server.closeAllConnections(), server.close()));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { baseUrl: `http://127.0.0.1:${port}/v1/partner`, seen };
}

/** @param {unknown} data */
export function success(data, requestId = "req-1") {
  return { ok: true, data, error: null, meta: { request_id: requestId, idempotency_replayed: false, api_version: "2026-06-01", data_completeness_score: null } };
}

/** @param {string} code */
export function refusal(code, requestId = "req-1") {
  return { ok: false, data: null, error: { code, message: "in words", details: [{ field: "phone", issue: "is wrong" }] }, meta: { request_id: requestId, idempotency_replayed: false, api_version: "2026-06-01", data_completeness_score: null } };
}

/** @param {string | null} phone */
export function found(phone) {
  return success({ status: "registered", customer: { phone }, unclaimed_cashback: null, branch_id: null, fetched_at: "2026-06-05T09:10:00Z" });
}

/** A token as issuers make it, with a signature that nobody reads. @param {Record<string, unknown>} claims */
export function jwt(claims) {
  const part = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256" })}.${part(claims)}.AAAA`;
}
