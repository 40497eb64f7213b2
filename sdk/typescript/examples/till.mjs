// A till at a prompt: type a phone to look it up, a session's id to read it, nothing to leave.
// API=https://…/v1/partner TOKEN=… node till.mjs

import { createInterface } from "node:readline/promises";

import { CustomersError, Money, normalisePhone, PhoneError, Superseded, TillClient } from "customers-till";

const till = new TillClient({ baseUrl: process.env.API, token: () => process.env.TOKEN });

function show({ data }) {
  const { customer, unclaimed_cashback: waiting } = data;
  if (!customer) return console.log("New here? Register this customer.");
  const { spendable_minor, currency } = customer.balance;
  console.log(`Welcome, ${customer.name ?? "guest"}! [${customer.badge}]`);
  console.log(`  to spend: ${new Money(spendable_minor, currency)}`);
  if (waiting?.amount_minor) console.log(`  waiting: ${new Money(waiting.amount_minor, waiting.currency)} until ${waiting.expires_at}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  if (!line) break;
  try {
    if (line.startsWith("ses_")) {
      const { data } = await till.readSession(line);
      console.log(`${data.status}: ${data.context?.customer?.name ?? "nobody"}`);
    } else {
      await till.lookup({ phone: normalisePhone(line) }, { deliver: show });
    }
  } catch (error) {
    if (error instanceof PhoneError) console.log(`That is no phone: ${error.message}`);
    else if (error instanceof CustomersError && !(error instanceof Superseded)) console.log(`No answer: ${error.name} ${error.requestId ?? ""}`);
    else throw error;
  }
}
