/** Cashiers who type numbers faster than answers come: API=… TOKEN=… LOOKUPS=… TILLS=… PEOPLE='{"+974…": "name"}'. */

import { LookupClient } from "../src/index.js";

const { API = "", TOKEN = "", LOOKUPS, TILLS, PEOPLE = "{}" } = process.env;
/** @type {Record<string, string>} */
const people = JSON.parse(PEOPLE);
const phones = [...Object.keys(people), "+97477000000"];
/** @type {Record<string, number>} */
const ended = {};
/** @type {unknown[]} */
const wrong = [];
let delivered = 0;

/** @template T @param {T[]} of @returns {T} */
const one = (of) => /** @type {T} */ (of[Math.floor(Math.random() * of.length)]);

/** @param {number} lookups */
async function cashier(lookups) {
  const till = new LookupClient({ baseUrl: API, token: () => TOKEN });
  let latest = 0;
  const begun = [];
  for (let number = 1; number <= lookups; number += 1) {
    const phone = one(phones);
    latest = number;
    const run = till
      .lookup(
        { phone },
        {
          deliver: ({ data }) => {
            delivered += 1;
            if (number !== latest || (data.customer?.name ?? null) !== (people[phone] ?? null)) wrong.push([number, latest, phone, data]);
          },
        },
      )
      .then(
        () => "shown",
        (error) => error.constructor.name,
      )
      .then((how) => (ended[how] = (ended[how] ?? 0) + 1));
    begun.push(run);
    // Half of the time the cashier waits for the answer.
    await Promise.race([run, new Promise((done) => setTimeout(done, one([0, 50, 200, 2000, 2000, 2000])))]);
  }
  await Promise.all(begun);
}

const share = Math.floor(Number(LOOKUPS) / Number(TILLS));
await Promise.all(Array.from({ length: Number(TILLS) }, () => cashier(share)));
console.log(JSON.stringify({ ended, delivered, wrong }));
process.exit(0);
