/** Reading an OpenAPI document. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fields, operations, request, resolved, typeOf } from "../../pages/reference/document.js";

const DOCUMENT = {
  paths: {
    "/customers/{id}": {
      get: { operationId: "read", tags: ["Reads"], parameters: [{ $ref: "#/components/parameters/Id" }, { name: "include", in: "query" }, { name: "Audit-Reason", in: "header" }], responses: { 404: { $ref: "#/components/responses/NotFound" } } },
      delete: { operationId: "erase", "x-mounted": false, responses: {} },
    },
  },
  components: {
    parameters: { Id: { name: "id", in: "path", required: true } },
    responses: { NotFound: { description: "Nobody." } },
    schemas: {
      Person: { type: "object", required: ["name"], properties: { name: { type: "string", description: "A name." }, friends: { type: "array", items: { $ref: "#/components/schemas/Person" } }, born: { anyOf: [{ type: "string", format: "date" }, { type: "null" }] } } },
      "a/b": { type: "integer" },
    },
  },
};

test("operations come in the document's order, with their references resolved", () => {
  const [read, erase] = operations(DOCUMENT);
  assert.deepEqual([read?.id, read?.method, read?.path, read?.mounted], ["read", "GET", "/customers/{id}", true]);
  assert.equal(read?.parameters[0].name, "id");
  assert.equal(read?.responses[0]?.[1].description, "Nobody.");
  assert.equal(erase?.mounted, false);
});

test("a schema that names itself ends", () => {
  const found = fields(DOCUMENT, { $ref: "#/components/schemas/Person" });
  assert.deepEqual(found.map(({ name, type, required }) => [name, type, required]), [["name", "string", true], ["friends", "list of object", false], ["born", "string (date) or null", false]]);
  assert.ok(JSON.stringify(found).length < 10_000);
});

test("types are words, and escaped references are found", () => {
  assert.equal(typeOf(DOCUMENT, { enum: ["a", "b"] }), '"a" · "b"');
  assert.equal(typeOf(DOCUMENT, { $ref: "#/components/schemas/a~1b" }), "integer");
  assert.equal(resolved(DOCUMENT, { $ref: "#/nowhere/at/all" }), undefined);
});

test("a request has its values encoded, each in its place, and nothing empty", () => {
  const [read] = operations(DOCUMENT);
  assert.ok(read);
  assert.deepEqual(request(read, { id: "+974/1", include: "a&b", "Audit-Reason": "ticket" }), { path: "/customers/%2B974%2F1?include=a%26b", headers: { "Audit-Reason": "ticket" } });
  assert.deepEqual(request(read, { id: "x", include: "" }), { path: "/customers/x", headers: {} });
});
