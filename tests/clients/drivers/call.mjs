// Calls operations through the client that openapi-generator made: `call.mjs CLIENT PLAN`.

import { readFileSync } from "node:fs";

const [, , folder, plan] = process.argv;
const client = await import(`${folder}/index.js`);
const DAYS = ["from", "to"];
const camel = (name) => name.replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase()).replace(/^\w/, (letter) => letter.toLowerCase());

for (const { name, token, arguments: given, body, shape, raw } of JSON.parse(readFileSync(plan, "utf8"))) {
  // A reserved word gets an underscore.
  const method = name === "export" ? "_exportRaw" : `${camel(name)}Raw`;
  const Api = Object.entries(client).find(([each, type]) => each.endsWith("Api") && method in type.prototype)[1];
  const api = new Api(new client.Configuration({ basePath: process.env.API, accessToken: token }));
  const values = Object.fromEntries(Object.entries(given).map(([each, value]) => [camel(each), DAYS.includes(each) ? new Date(value) : value]));
  if (body !== null) values[camel(shape)] = client[`${shape}FromJSON`](body);
  let status, modelled;
  try {
    const answer = await api[method](values);
    status = answer.raw.status;
    modelled = raw || (await answer.value()) !== undefined;
  } catch (error) {
    status = `${error.response?.status ?? error} ${(await error.response?.text?.()) ?? ""}`;
    modelled = false;
  }
  console.log(JSON.stringify([name, status, modelled]));
}
